<?php

require_once __DIR__ . '/sends.php';
answer();
