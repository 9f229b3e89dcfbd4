<?php

require __DIR__ . '/arguments.php';
answer();
