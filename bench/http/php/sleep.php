<?php

require_once __DIR__ . "/work.php";
work("sleep");
