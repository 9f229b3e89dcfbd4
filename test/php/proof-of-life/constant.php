<?php

// Cached by opcache; PROOF_VALUE is defined by whoever includes it.
class FromConstant
{
    public const VALUE = PROOF_VALUE;
    public static mixed $static = PROOF_VALUE['list'];
    public mixed $property = PROOF_VALUE['map'];

    public static function given(mixed $value = PROOF_VALUE): mixed
    {
        static $once = PROOF_VALUE;
        return [$value, $once];
    }
}
