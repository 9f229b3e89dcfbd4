<?php

require_once __DIR__ . '/select.php';
answer();
