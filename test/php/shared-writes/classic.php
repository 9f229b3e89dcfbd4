<?php

require_once __DIR__ . '/write.php';
write();
