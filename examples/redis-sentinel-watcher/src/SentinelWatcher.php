<?php

require_once __DIR__ . '/Redis.php';

/**
 * Knows the master of a group of Redis servers: asks the sentinels, in turn, and listens to the one that answers for
 * word of another. A sentinel that is lost is replaced by the next one.
 */
final class SentinelWatcher
{
    private const LONGEST_PAUSE = 1_000_000; // microseconds between two attempts to find a sentinel

    private ?Redis $sentinel = null;
    private int $pause = 50_000;
    /** @var array{master: ?string, sentinel: ?string, changes: int, error: ?string} */
    private array $state = ['master' => null, 'sentinel' => null, 'changes' => 0, 'error' => null];

    /**
     * @param list<string> $sentinels host:port of each
     * @param string $group the name that the sentinels know the group by
     */
    public function __construct(private array $sentinels, private readonly string $group)
    {
    }

    /** @return array{master: ?string, sentinel: ?string, changes: int, error: ?string} what is to be published */
    public function state(): array
    {
        return $this->state;
    }

    /** The stream on which word of a change comes; null: there is no sentinel at the moment. */
    public function stream(): mixed
    {
        return $this->sentinel?->stream;
    }

    /** How long to wait on the stream before the next connect(), in microseconds; null: as long as it takes. */
    public function pause(): ?int
    {
        return $this->sentinel === null ? $this->pause : null;
    }

    /** Finds a sentinel that answers, listens to it, and asks it who is master now. */
    public function connect(): void
    {
        $problems = [];
        foreach ($this->sentinels as $address) {
            try {
                $sentinel = new Redis($address);
                $sentinel->command('SUBSCRIBE', '+switch-master');
                // Listen first, then ask: what changes in between is not missed.
                $master = (new Redis($address))->command('SENTINEL', 'get-master-addr-by-name', $this->group);
                if ($master === null) {
                    throw new RuntimeException("$address: knows no group '$this->group'");
                }
                $this->sentinel = $sentinel;
                $this->pause = 50_000;
                $this->state = ['sentinel' => $address, 'error' => null] + $this->state;
                $this->change(implode(':', $master));
                return;
            } catch (RuntimeException $exception) {
                $problems[] = $exception->getMessage();
            }
        }
        $this->lose(implode('; ', $problems));
    }

    /** Reads what the sentinel says, when the stream has something. */
    public function listen(): void
    {
        try {
            do {
                $message = $this->sentinel->receive(); // [message, +switch-master, "group ip port ip port"]
                $words = explode(' ', (string) ($message[2] ?? ''));
                if (count($words) === 5 && $words[0] === $this->group) {
                    $this->change("$words[3]:$words[4]");
                }
            } while ($this->sentinel->hasMore());
        } catch (RuntimeException $exception) {
            $this->lose($exception->getMessage());
            array_push($this->sentinels, array_shift($this->sentinels)); // the others first
        }
    }

    private function change(string $master): void
    {
        if ($master !== $this->state['master']) {
            $this->state = ['master' => $master, 'changes' => $this->state['changes'] + 1] + $this->state;
            error_log("the master is $master");
        }
    }

    /** The master stays what it was: that the sentinels are away does not make it another. */
    private function lose(string $problem): void
    {
        $this->sentinel = null;
        $this->pause = min(2 * $this->pause, self::LONGEST_PAUSE);
        $this->state = ['sentinel' => null, 'error' => $problem] + $this->state;
    }
}
