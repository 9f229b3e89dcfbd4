<?php

/** The configuration in a JSON file. */
final class FileStore extends ConfigStore
{
    public function __construct(private string $file)
    {
    }

    public function name(): string
    {
        return $this->file;
    }

    protected function read(): ?string
    {
        $json = @file_get_contents($this->file);
        if ($json !== false) {
            return $json;
        }
        clearstatcache();
        return file_exists($this->file) ? throw new RuntimeException("$this->file cannot be read") : null;
    }

    protected function write(string $json): void
    {
        $new = $this->file . '.' . bin2hex(random_bytes(4));
        if (@file_put_contents($new, $json) !== strlen($json) || !@rename($new, $this->file)) {
            @unlink($new);
            throw new RuntimeException("$this->file cannot be written");
        }
    }
}
