<?php

require_once __DIR__ . '/read.php';
read();
