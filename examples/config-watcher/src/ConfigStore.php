<?php

require_once __DIR__ . '/FileStore.php';
require_once __DIR__ . '/RedisStore.php';

/** Where the configuration lives: one JSON object, in a file or in Redis. */
abstract class ConfigStore
{
    public const DEFAULTS = [
        'greeting' => 'Hello from a background worker',
        'rateLimit' => 120,
        'maintenance' => false,
        'features' => ['newCheckout' => true, 'search' => 'v2'],
        'revision' => 1,
    ];

    public static function fromEnvironment(): self
    {
        $redis = getenv('REDIS_URL');
        if ($redis !== false && $redis !== '') {
            return new RedisStore($redis, getenv('REDIS_KEY') ?: 'config');
        }
        return new FileStore(getenv('CONFIG_FILE') ?: dirname(__DIR__) . '/config.json');
    }

    /** What is watched, in words. */
    abstract public function name(): string;

    /** The JSON text; null when there is none yet. */
    abstract protected function read(): ?string;

    /** Replaces the text in one step: nobody ever reads half of it. */
    abstract protected function write(string $json): void;

    /** The configuration; the defaults are written when there is none. */
    public function load(): array
    {
        $json = $this->read();
        if ($json === null) {
            $this->save(self::DEFAULTS);
            return self::DEFAULTS;
        }
        $config = json_decode($json, true, 64);
        if (!is_array($config)) {
            throw new RuntimeException($this->name() . ' does not hold a JSON object');
        }
        return $config;
    }

    /** Takes over the values of $changes, which must be known and of the type they have; counts the revision. */
    public function change(array $changes): array
    {
        $config = $this->load();
        foreach ($changes as $key => $value) {
            if ($key === 'revision' || !isset($config[$key])) {
                throw new InvalidArgumentException("there is no setting '$key' to change");
            }
            if (get_debug_type($value) !== get_debug_type($config[$key])) {
                throw new InvalidArgumentException("$key must be of type " . get_debug_type($config[$key]));
            }
            $config[$key] = $value;
        }
        $config['revision'] = 1 + (int) ($config['revision'] ?? 0);
        $this->save($config);
        return $config;
    }

    private function save(array $config): void
    {
        $flags = JSON_THROW_ON_ERROR | JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE;
        $this->write(json_encode($config, $flags) . "\n");
    }
}
