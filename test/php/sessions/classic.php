<?php

require_once __DIR__ . '/handle.php';
handle();
