<?php

require __DIR__ . '/respond.php';
respond();
