<?php

enum Suit: string
{
    case Hearts = 'h';
    case Spades = 's';
}
