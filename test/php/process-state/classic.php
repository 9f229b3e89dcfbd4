<?php

(require __DIR__ . '/body.php')();
