<?php

// The payloads of the stress (and of bench/): each holds its version, and everything in it follows from that, so a
// reader finds a mix of two versions by itself.

/** @return array<string, mixed> */
function payload(string $name, int $version): array
{
    return match ($name) {
        // Settings.
        'settings' => [
            'version' => $version, 'double' => $version * 2, 'half' => $version / 2, 'even' => $version % 2 === 0, 'none' => null,
            'text' => "version $version", 'hex' => dechex($version), 'md5' => md5((string) $version), 'host' => 'localhost',
            'include' => getenv('STRESS_FOLDER') . '/link/part' . $version % 20 . '.php',
        ],
        // A tree of 1 000 feature flags.
        'flags' => ['version' => $version, 'flags' => array_map(
            static fn (int $group) => ['group' => $group, 'flags' => array_map(static fn (int $flag) => ['name' => "flag $group.$flag", 'on' => ($version + $flag) % 2 === 0, 'since' => $version], range(0, 49))],
            range(0, 19),
        )],
        // 100 000 strings of 32 bytes.
        'strings' => ['version' => $version, 'strings' => array_map(static fn (int $number) => sprintf('%016x%016x', $version, $number), range(0, 99_999))],
        // One string of 1 MiB.
        'text' => ['version' => $version, 'text' => str_repeat(sprintf('%016x', $version), 65_536)],
        // A list of ints.
        'numbers' => ['version' => $version, 'numbers' => range($version, $version + 9_999)],
    };
}

/** What is wrong with the vars; null: nothing. `$thorough` looks at every element of the big ones. */
function wrong(string $name, array $vars, bool $thorough): ?string
{
    $version = $vars['version'] ?? null;
    if (!is_int($version)) {
        return "$name has no version";
    }
    if ($name !== 'strings' && $name !== 'flags') {
        return $vars === payload($name, $version) ? null : "$name $version is torn";
    }
    if ($name === 'flags') {
        // One leaf is changed at a time: the group and the flag that a version has changed last tell of it.
        foreach ($vars['flags'] as $group => $each) {
            if ($each['group'] !== $group || count($each['flags']) !== 50) {
                return "flags $version: group $group is torn";
            }
            foreach ($each['flags'] as $flag => ['name' => $text, 'on' => $on, 'since' => $since]) {
                if ($text !== "flag $group.$flag" || $on !== (($since + $flag) % 2 === 0) || $since > $version || $since < $version - 1_000) {
                    return "flags $version: flag $group.$flag is torn";
                }
            }
        }
        return null;
    }
    if (count($vars['strings']) !== 100_000) {
        return "strings $version: there are " . count($vars['strings']);
    }
    for ($number = 0; $number < 100_000; $number += $thorough ? 1 : random_int(500, 5_000)) {
        if ($vars['strings'][$number] !== sprintf('%016x%016x', $version, $number)) {
            return "strings $version: {$vars['strings'][$number]} at $number";
        }
    }
    return null;
}

const PAYLOADS = ['settings', 'flags', 'strings', 'text', 'numbers'];
