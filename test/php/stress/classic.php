<?php

require_once __DIR__ . '/read.php';
echo stress();
