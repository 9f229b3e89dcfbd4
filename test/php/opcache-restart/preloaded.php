<?php
final class Preloaded
{
    public function name(): string
    {
        return 'preloaded';
    }
}
