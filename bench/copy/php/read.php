<?php

// A request that measures: calls the function it is told (of measured.php, or of below), and answers what that returns.

require_once __DIR__ . '/measured.php';
require_once __DIR__ . '/readers.php';

echo json_encode($_GET['call'](...json_decode($_GET['with'], true)));
