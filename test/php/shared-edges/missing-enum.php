<?php
$failures = 0;
for ($read = 0; $read < 1000; $read++) {
    try {
        frankenphp_get_vars('enum');
    } catch (LogicException $exception) {
        $failures++;
    }
}
echo json_encode([$failures, $exception->getMessage()]);
