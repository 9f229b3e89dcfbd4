<?php

require __DIR__ . '/../remote/remote.php';
require __DIR__ . '/values.php';

enum Suit: string
{
    case Hearts = 'H';
    case Spades = 'S';
}

enum Level
{
    case Low;
    case High; // readers do not know it
}

const MARK = 'mark';

enum Mark: string
{
    case Cut = MARK . '!';
}

enum OnlyHere // nor this
{
    case It;
}

/** What cannot be published, by name. */
function refused(string $case): array
{
    switch ($case) {
        case 'object':
            return ['fine' => 1, 'features' => ['alpha' => 1, 'beta' => [0, 1, 2, new stdClass()]]];
        case 'closure':
            return ['call' => static fn () => 1];
        case 'resource':
            return [['list' => [7 => STDERR_OF_TEST]]];
        case 'closed resource':
            $stream = fopen('php://memory', 'r');
            fclose($stream);
            return ['stream' => $stream];
        case 'shared reference':
            $value = 1;
            return ['a' => ['b' => &$value], 'c' => &$value];
        case 'root object':
            return [new ArrayObject([1])];
        case 'cycle':
            $array = ['x' => 1];
            $array['self'] = &$array;
            return $array;
        case 'odd key':
            return ['' => [-3 => new stdClass()]];
        case 'too deep':
            $deep = ['bottom'];
            for ($level = 2; $level <= 257; ++$level) {
                $deep = [$deep];
            }
            return $deep;
        case 'far too deep':
            $deep = ['bottom'];
            for ($level = 2; $level <= 100_000; ++$level) {
                $deep = [$deep];
            }
            return $deep;
        case 'too large':
            return ['list' => array_fill(0, 64, str_repeat('x', 1 << 20))];
    }
}

/** Pairs of nearly the same: each must count as a change of the one before. */
function variant(int $number): array
{
    $grown = [1, 2];
    unset($grown[1]);
    return [
        ['v' => 1, 'w' => [1]], ['v' => 1.0, 'w' => [1]], ['v' => '1', 'w' => [1]], ['v' => true, 'w' => [1]],
        ['v' => 0.0, 'w' => [1]], ['v' => -0.0, 'w' => [1]], ['w' => [1], 'v' => -0.0], ['w' => $grown, 'v' => -0.0],
        ['w' => $grown, 'v' => NAN], ['w' => $grown, 'v' => null], ['w' => $grown, 'v' => false], ['w' => $grown, 'v' => Suit::Hearts],
        ['w' => $grown, 'v' => Suit::Spades], ['w' => $grown, 'v' => 'Spades'], ['w' => $grown, 'v' => []], [],
    ][$number];
}

define('STDERR_OF_TEST', fopen('php://memory', 'r'));
serve_remote(getenv('REMOTE'), [
    'publish' => static fn (string $case) => frankenphp_set_vars(value_of($case)),
    'refuse' => static fn (string $case) => frankenphp_set_vars(refused($case)),
    'variant' => static fn (int $number) => frankenphp_set_vars(variant($number)),
    'variants' => static fn () => 16,
    'unknown enum' => static fn () => frankenphp_set_vars(['deep' => [OnlyHere::It]]),
    'unknown case' => static fn () => frankenphp_set_vars(['level' => Level::High]),
    'impossible case' => static fn () => frankenphp_set_vars(['mark' => Mark::Cut]),
    'not an array' => static fn () => frankenphp_set_vars('text'),
    'churn' => static function (int $times): void {
        for ($time = 1; $time <= $times; ++$time) {
            frankenphp_set_vars(['n' => $time, 'list' => array_fill(0, 50, $time), 'text' => "turn $time"]);
        }
    },
    'crash' => static function (): void {
        throw new Error('crashed as told');
    },
    'exit' => static fn () => exit(0),
]);
