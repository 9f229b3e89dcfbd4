<?php

/** PHP's own files, and a handler that fails where it is told to. */
class Failing extends SessionHandler
{
    public function __construct(private readonly string $where, private readonly string $how) {}

    private function fail(string $where): void
    {
        if ($where !== $this->where) return;
        if ($this->how === 'exit') exit(3);
        throw new RuntimeException("thrown in $where");
    }

    public function write(string $id, string $data): bool
    {
        $this->fail('write');
        return parent::write($id, $data);
    }

    public function close(): bool
    {
        error_log("close {$_GET['id']}");
        $this->fail('close');
        return parent::close();
    }
}

function handle(): void
{
    $where = $_GET['where'] ?? '';
    $how = $_GET['how'] ?? '';
    session_set_save_handler(new Failing($where, $how), false);
    session_id($_GET['id']);
    session_start();
    $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
    if ($where === 'output') {
        ob_start(static fn () => $how === 'exit' ? exit(3) : throw new RuntimeException('thrown in output'));
    }
    echo $_SESSION['count'];
    if ($where === 'handler') throw new RuntimeException('thrown in handler');
    if ($how === 'caught') {
        try {
            session_write_close();
        } catch (RuntimeException) {
        }
    }
}
