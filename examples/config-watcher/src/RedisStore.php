<?php

/**
 * The configuration as JSON text under one key of a Redis, over a plain stream: no extension needed.
 * The URL is redis://[[user]:password@]host[:port][/database], or rediss:// for TLS.
 */
final class RedisStore extends ConfigStore
{
    private const TIMEOUT = 0.25;    // seconds to connect or to be answered
    private const LONGEST_PAUSE = 1; // seconds between two attempts to connect

    /** @var resource|null */
    private $stream = null;
    private float $pause = 0.05;
    private float $notBefore = 0;
    private string $lastError = '';

    public function __construct(private string $url, private string $key)
    {
    }

    public function name(): string
    {
        $parts = parse_url($this->url);
        return "key '$this->key' of Redis at " . ($parts['host'] ?? '?') . ':' . ($parts['port'] ?? 6379);
    }

    protected function read(): ?string
    {
        return $this->command('GET', $this->key);
    }

    protected function write(string $json): void
    {
        $this->command('SET', $this->key, $json);
    }

    /** Sends a command and returns its answer; connects first where needed, after a pause that doubles with each failure. */
    private function command(string ...$words): string|int|null
    {
        if ($this->stream === null && microtime(true) < $this->notBefore) {
            throw new RuntimeException($this->lastError);
        }
        try {
            $this->stream ?? $this->connect();
            $answer = $this->exchange(...$words);
            $this->pause = 0.05;
            return $answer;
        } catch (RuntimeException $exception) {
            $this->stream = null;
            $this->lastError = $exception->getMessage();
            $this->notBefore = microtime(true) + $this->pause;
            $this->pause = min(2 * $this->pause, self::LONGEST_PAUSE);
            throw $exception;
        }
    }

    private function connect(): void
    {
        $url = parse_url($this->url);
        if (!isset($url['host']) || !in_array($url['scheme'] ?? '', ['redis', 'rediss'], true)) {
            throw new RuntimeException('REDIS_URL must look like redis://host:6379/0');
        }
        $address = ($url['scheme'] === 'rediss' ? 'tls' : 'tcp') . "://{$url['host']}:" . ($url['port'] ?? 6379);
        $stream = @stream_socket_client($address, $code, $message, self::TIMEOUT);
        if ($stream === false) {
            throw new RuntimeException($this->name() . ": $message");
        }
        stream_set_timeout($stream, 0, (int) (self::TIMEOUT * 1e6));
        $this->stream = $stream;

        if (isset($url['pass'])) {
            $user = urldecode($url['user'] ?? '');
            $this->exchange('AUTH', ...($user === '' ? [] : [$user]), ...[urldecode($url['pass'])]);
        }
        $database = trim($url['path'] ?? '', '/');
        if ($database !== '') {
            $this->exchange('SELECT', $database);
        }
    }

    /** One command and its answer in RESP, the protocol of Redis. */
    private function exchange(string ...$words): string|int|null
    {
        $message = '*' . count($words) . "\r\n";
        foreach ($words as $word) {
            $message .= '$' . strlen($word) . "\r\n$word\r\n";
        }
        if (@fwrite($this->stream, $message) !== strlen($message)) {
            throw new RuntimeException($this->name() . ': the connection is lost');
        }
        $line = $this->received(fgets($this->stream));
        $rest = substr($line, 1, -2);
        return match ($line[0]) {
            '+' => $rest,
            ':' => (int) $rest,
            '$' => $rest === '-1' ? null : substr($this->received(stream_get_contents($this->stream, 2 + (int) $rest)), 0, -2),
            default => throw new RuntimeException($this->name() . ": $rest"),
        };
    }

    private function received(string|false $bytes): string
    {
        if ($bytes === false || !str_ends_with($bytes, "\r\n")) {
            throw new RuntimeException($this->name() . ': no answer');
        }
        return $bytes;
    }
}
