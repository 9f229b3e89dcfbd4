<?php

require __DIR__ . '/../remote/remote.php';

/** 1000 flags in groups of sections of ten. */
function tree(): array
{
    $tree = [];
    foreach (range(0, 999) as $flag) {
        $tree['group' . intdiv($flag, 100)]['section' . intdiv($flag, 10) % 10]["flag$flag"] = match ($flag % 3) {
            0 => true,
            1 => $flag,
            2 => "value of $flag",
        };
    }
    return $tree;
}

/** As if decoded from a file: shares nothing with `$vars`. */
function made_anew(array $vars): array
{
    return unserialize(serialize($vars));
}

/** The vars under a sum of themselves, so that a reader can tell a wrong one. */
function signed(array $vars): array
{
    unset($vars['sum']);
    return ['sum' => md5(serialize($vars))] + $vars;
}

/** Some change somewhere in the tree. */
function change(array &$array, int $depth = 0): void
{
    $keys = array_keys($array);
    $key = $keys === [] ? 'first' : $keys[mt_rand(0, count($keys) - 1)];
    if ($depth < 3 && is_array($array[$key] ?? null) && mt_rand(0, 9) > 0) {
        change($array[$key], $depth + 1);
        return;
    }
    switch (mt_rand(0, 7)) {
        case 0: unset($array[$key]); break;
        case 1: $array['k' . mt_rand(0, 99)] = str_repeat('x', mt_rand(0, 2000)); break;
        case 2: $array[] = [mt_rand(), [mt_rand() => []], 'list' => [1, 2, 3]]; break;
        case 3: $array = array_reverse($array, true); break;
        case 4: $array[$key] = $array[$keys[0] ?? ''] ?? 1.5; break; // the same subtree in two places
        case 5: $array = ['new' => mt_rand()] + $array; break;
        case 6: array_pop($array); break;
        default: $array[$key] = mt_rand(); break;
    }
}

serve_remote(getenv('REMOTE'), [
    'tree' => static function (): void {
        frankenphp_set_vars(signed(['something' => 'else'])); // nothing to share
        frankenphp_set_vars(signed(tree()));
    },
    'change what was read' => static function (string $group, string $section, string $flag): void {
        $vars = frankenphp_get_vars('told');
        $vars[$group][$section][$flag] = mt_rand();
        frankenphp_set_vars(signed($vars));
    },
    'change what was made anew' => static function (string $group, string $section, string $flag): void {
        $vars = made_anew(frankenphp_get_vars('told'));
        $vars[$group][$section][$flag] = mt_rand();
        frankenphp_set_vars(signed($vars));
    },
    'the same anew' => static fn () => frankenphp_set_vars(made_anew(frankenphp_get_vars('told'))),
    // Equal subtrees change places: by address everything differs.
    'swap equals' => static function (): int {
        $list = array_fill(0, 500, 'the same');
        frankenphp_set_vars(['a' => [...$list], 'b' => [...$list], 'c' => [$list, 'x']]);
        $vars = frankenphp_get_vars('told');
        [$vars['a'], $vars['b'], $vars['c'][0]] = [$vars['b'], $vars['c'][0], $vars['a']];
        frankenphp_set_vars($vars);
        return count($vars);
    },
    'deepen' => static function (int $levels): void {
        $vars = frankenphp_get_vars('told');
        for ($deep = $vars['group1'], $level = 0; $level < $levels; ++$level) {
            $deep = ['below' => $deep];
        }
        frankenphp_set_vars(signed(['deep' => $deep] + $vars));
    },
    'random' => static function (int $seed, int $times): int {
        mt_srand($seed);
        $expected = signed(tree());
        for ($time = 0; $time < $times; ++$time) {
            $vars = mt_rand(0, 1) && $time > 0 ? frankenphp_get_vars('told') : made_anew($expected);
            for ($changes = mt_rand(0, 3); $changes > 0; --$changes) {
                change($vars);
            }
            if (mt_rand(0, 20) === 0) {
                $vars = tree();
            }
            $expected = made_anew($vars = signed($vars));
            frankenphp_set_vars($vars);
            unset($vars);
            if (var_export(frankenphp_get_vars('told'), true) !== var_export($expected, true)) {
                throw new RuntimeException("seed $seed: version $time is not what was published");
            }
        }
        return $times;
    },
]);
