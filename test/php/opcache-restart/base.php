<?php
enum Kind: int
{
    case Even = 0;
    case Odd = 1;
}

interface Summed
{
    public function sum(): int;
}

trait Labelled
{
    public function label(): string
    {
        static $calls = 0;
        $calls++;
        return 'label of ' . static::class;
    }
}

abstract class Base implements Summed
{
    public function sum(): int
    {
        return array_sum(array_column(static::TABLE, 1));
    }
}
