<?php

// The same again, for a worker that is recycled.

require __DIR__ . '/worker.php';
