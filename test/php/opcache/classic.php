<?php

require_once __DIR__ . '/look.php';
look();
