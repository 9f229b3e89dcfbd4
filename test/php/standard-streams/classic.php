<?php

require __DIR__ . '/write.php';
echo json_encode(write_everywhere());
