<?php

function included(): string
{
    return 'included';
}
