<?php

require_once __DIR__ . '/send.php';
answer();
