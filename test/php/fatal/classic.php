<?php

require_once __DIR__ . '/fail.php';
fail();
