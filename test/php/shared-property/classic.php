<?php

require_once __DIR__ . '/trees.php';
echo fingerprint(frankenphp_get_vars('told'));
