<?php

namespace Acme\FeatureFlags;

/**
 * What an application asks: is this feature on, for this user? Under php-sidekick and FrankenPHP the answer comes from
 * the library's own sidekick, which is started when it is first asked for; elsewhere (php-fpm, a console) the file is
 * read instead. The caller sees no difference but the time it takes.
 */
final class Flags
{
    /** The sidekick's name. An application that has a catch-all need not declare it. */
    public const SIDEKICK = 'acme/feature-flags';

    public static function isOn(string $flag, string $user = ''): bool
    {
        $rule = self::all()[$flag] ?? false;
        if (is_bool($rule)) {
            return $rule;
        }
        if (in_array($user, $rule['users'] ?? [], true)) {
            return true;
        }
        // The same users whenever they come, and other users for another flag.
        return crc32("$flag/$user") % 100 < ($rule['percent'] ?? 0);
    }

    /** @return array<string, bool|array{percent?: int, users?: list<string>}> by name */
    public static function all(): array
    {
        return self::state()['flags'];
    }

    /** @return array{flags: array, source: string, error: ?string, reads: int} as the sidekick published it */
    public static function state(): array
    {
        if (function_exists('frankenphp_get_vars')) {
            return frankenphp_get_vars(self::SIDEKICK); // the shared array itself: no copy
        }
        $file = FlagFile::fromEnvironment();
        return ['flags' => $file->read(), 'source' => $file->path, 'error' => null, 'reads' => 1];
    }
}
