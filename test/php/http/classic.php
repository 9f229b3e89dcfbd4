<?php

require_once __DIR__ . '/respond.php';
respond('classic');
