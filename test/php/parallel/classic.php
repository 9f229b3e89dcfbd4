<?php

require_once __DIR__ . '/echo.php';
answer('classic');
