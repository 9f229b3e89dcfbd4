<?php

namespace Acme\FeatureFlags;

use RuntimeException;

/** The flags as a JSON file: `{"name": true, "other": {"percent": 25, "users": ["ada"]}}`. */
final class FlagFile
{
    public function __construct(public readonly string $path)
    {
    }

    /** The file that FLAGS_FILE names. */
    public static function fromEnvironment(): self
    {
        return new self(getenv('FLAGS_FILE') ?: throw new RuntimeException('FLAGS_FILE names no file'));
    }

    /** What tells one content of the file from another without reading it; null: there is none. */
    public function stamp(): ?string
    {
        clearstatcache(true, $this->path);
        $status = @stat($this->path);
        return $status === false ? null : "{$status['ino']} {$status['mtime']} {$status['size']}";
    }

    /** @throws RuntimeException when it does not hold flags */
    public function read(): array
    {
        $json = @file_get_contents($this->path);
        if ($json === false) {
            throw new RuntimeException("$this->path cannot be read");
        }
        $flags = json_decode($json, true, 8);
        if (!is_array($flags)) {
            throw new RuntimeException("$this->path holds no JSON object");
        }
        foreach ($flags as $name => $rule) {
            $percent = $rule['percent'] ?? 0;
            $users = $rule['users'] ?? [];
            $good = is_bool($rule) || (is_array($rule) && is_int($percent) && is_array($users) && array_is_list($users)
                && array_diff_key($rule, ['percent' => 0, 'users' => 0]) === []);
            if (!$good) {
                throw new RuntimeException("$this->path: '$name' must be true, false or {\"percent\": 25, \"users\": [\"ada\"]}");
            }
        }
        return $flags;
    }
}
