<?php

function answer(): void
{
    echo json_encode(selected($_GET['case']));
}

/** @return array<mixed> what stream_select() returned or threw, and the keys it left in the three arrays */
function selected(string $case): array
{
    [$one, $other] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    $read = $write = $except = null;
    $seconds = 0;
    $microseconds = null;
    switch ($case) {
        case 'readable':
            fwrite($other, 'x');
            $read = ['a' => $one, 7 => $other];
            $seconds = null;
            break;
        case 'writable':
            $write = ['b' => $one, 'c' => $other];
            $seconds = 5;
            break;
        case 'both':
            fwrite($other, 'x');
            $read = [$one, $other];
            $write = ['w' => $one];
            $except = [$one];
            break;
        case 'nothing in time':
            $read = ['a' => $one];
            $except = ['a' => $one];
            $microseconds = 1000;
            break;
        case 'buffered':
            fwrite($other, "line\nrest\n");
            fgets($one);
            $read = ['r' => $one];
            $write = ['w' => $other];
            $seconds = null;
            break;
        case 'ended':
            fclose($other);
            $read = ['gone' => $one];
            $seconds = null;
            break;
        case 'by reference':
            fwrite($other, 'x');
            $element = &$one;
            $read = ['ref' => &$element];
            break;
        case 'no arrays':
            break;
        case 'empty arrays':
            $read = $write = [];
            break;
        case 'nothing to wait for':
            $read = [fopen('php://memory', 'r')];
            break;
        case 'negative':
            $read = [$one];
            $seconds = -1;
            break;
        case 'negative microseconds':
            $read = [$one];
            $microseconds = -1;
            break;
        case 'microseconds without seconds':
            $read = [$one];
            $seconds = null;
            $microseconds = 5;
            break;
        case 'closed':
            fclose($other);
            $read = [$other];
            break;
        case 'not a stream':
            $read = ['text'];
            break;
    }
    try {
        $result = @stream_select($read, $write, $except, $seconds, $microseconds);
    } catch (Throwable $error) {
        $result = $error::class . ': ' . $error->getMessage();
    }
    $keys = static fn (?array $array): ?array => $array === null ? null : array_keys($array);
    return [$result, $keys($read), $keys($write), $keys($except)];
}
