<?php

namespace Acme\FeatureFlags;

use RuntimeException;

/** The library's background worker: watches the file and publishes what is in it. */
final class Sidekick
{
    private const LOOK_EVERY = 100_000; // microseconds

    /** @param resource $stop a stream that reaches its end when the worker is to stop */
    public function run($stop): void
    {
        $file = FlagFile::fromEnvironment();
        $state = ['flags' => [], 'source' => $file->path, 'error' => null, 'reads' => 0];
        $seen = '';
        do {
            $stamp = $file->stamp();
            if ($stamp !== $seen) {
                $seen = $stamp;
                ++$state['reads'];
                try {
                    $state = ['flags' => $file->read(), 'error' => null] + $state;
                } catch (RuntimeException $exception) {
                    // A slip of an editor: everybody keeps the flags there were, and learns why they do not change.
                    $state['error'] = $exception->getMessage();
                    error_log('feature-flags: ' . $exception->getMessage());
                }
                frankenphp_set_vars($state);
            }
            $read = [$stop];
            $write = $except = null;
            $ready = @stream_select($read, $write, $except, 0, self::LOOK_EVERY);
        } while ($ready === 0 || ($ready > 0 && fgets($stop) !== false));
    }
}
