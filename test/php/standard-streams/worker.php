<?php

require __DIR__ . '/write.php';
fwrite(STDOUT, "worker boots\n");
while (frankenphp_handle_request(static function (): void {
    echo json_encode(write_everywhere());
})) {
}
