<?php

// Literals: opcache keeps the whole array in its memory.
return [
    'name' => 'a literal of opcache', 'list' => ['one', 'two', ['deep' => ['er' => 'three']]], 'int' => 12, 'rows' => [['id' => 1], ['id' => 2]],
    'long' => 'a literal that is longer than what is interned by chance, and that nobody else has in any other script of this test',
    'keys' => ['a key of this file alone' => 'a value of this file alone', 7 => 'seven'],
];
