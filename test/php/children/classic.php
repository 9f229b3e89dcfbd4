<?php

require __DIR__ . '/handle.php';
handle();
