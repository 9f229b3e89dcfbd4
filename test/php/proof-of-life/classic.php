<?php

require_once __DIR__ . '/proof.php';
answer();
