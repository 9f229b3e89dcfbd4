<?php

// What readers know of the enums; publisher.php has one case and one enum more.
enum Suit: string
{
    case Hearts = 'H';
    case Spades = 'S';
}

enum Mark: string
{
    case Cut = MARK . '!'; // a constant that only the publisher has
}

enum Level
{
    case Low;
}
