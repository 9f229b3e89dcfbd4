<?php
class Unlinked extends Base
{
    const TABLE = [['one', 1], ['two', 2]];
}
