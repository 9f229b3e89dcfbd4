<?php

require __DIR__ . '/attempt.php';
answer();
