<?php

/** What RESP, the protocol of Redis, needs over a plain stream: commands, answers, and messages that come unasked. */
final class Redis
{
    private const LONGEST_WAIT = 1; // seconds to connect, or for an answer

    /** @var resource to wait on with stream_select() */
    public readonly mixed $stream;

    /** @param string $address host:port */
    public function __construct(public readonly string $address)
    {
        $stream = @stream_socket_client("tcp://$address", $code, $message, self::LONGEST_WAIT);
        $this->stream = $stream ?: throw new RuntimeException("$address: $message");
        stream_set_timeout($stream, self::LONGEST_WAIT);
    }

    /** Sends a command and gives its answer. */
    public function command(string ...$words): mixed
    {
        $message = '*' . count($words) . "\r\n";
        foreach ($words as $word) {
            $message .= '$' . strlen($word) . "\r\n$word\r\n";
        }
        if (@fwrite($this->stream, $message) !== strlen($message)) {
            throw new RuntimeException("$this->address: the connection is lost");
        }
        return $this->receive();
    }

    /** The next answer or message. */
    public function receive(): mixed
    {
        $line = $this->line();
        $rest = substr($line, 1);
        switch ($line[0] ?? '') {
            case '+':
                return $rest;
            case ':':
                return (int) $rest;
            case '$':
                if ($rest === '-1') {
                    return null;
                }
                $text = (string) stream_get_contents($this->stream, (int) $rest);
                return strlen($text) === (int) $rest && $this->line() === '' ? $text : $this->fail();
            case '*':
                return $rest === '-1' ? null : array_map(fn () => $this->receive(), array_fill(0, (int) $rest, null));
            default:
                throw new RuntimeException("$this->address: $rest"); // an error, as Redis words it
        }
    }

    /** Whether more has been read than was asked for: stream_select() does not see that. */
    public function hasMore(): bool
    {
        return stream_get_meta_data($this->stream)['unread_bytes'] > 0;
    }

    private function line(): string
    {
        $line = fgets($this->stream);
        return $line !== false && str_ends_with($line, "\r\n") ? substr($line, 0, -2) : $this->fail();
    }

    private function fail(): never
    {
        throw new RuntimeException("$this->address: no answer");
    }
}
