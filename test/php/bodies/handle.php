<?php

/** Tells of the request's body, or sends one. */
function handle(): void
{
    header('Content-Type: application/json');
    switch ($_GET['do'] ?? 'digest') {
        case 'digest':
            $bytes = 0;
            $hash = hash_init('sha1');
            $input = fopen('php://input', 'r');
            while (!feof($input)) {
                $chunk = fread($input, 65536);
                $bytes += strlen($chunk);
                hash_update($hash, $chunk);
            }
            echo json_encode([
                'bytes' => $bytes,
                'sha1' => hash_final($hash),
                'length' => $_SERVER['CONTENT_LENGTH'],
                'peak' => memory_get_peak_usage(),
                'aborted' => connection_aborted(),
            ]);
            return;
        case 'again':
            $first = file_get_contents('php://input');
            echo json_encode([strlen($first), file_get_contents('php://input') === $first, $_POST]);
            return;
        case 'files':
            $files = $_FILES['files'] ?? $_FILES;
            foreach ((array) ($files['tmp_name'] ?? []) as $index => $path) {
                $files['sha1'][$index] = is_string($path) && is_uploaded_file($path) ? sha1_file($path) : null;
            }
            echo json_encode(['files' => $files, 'post' => $_POST, 'folder' => ini_get('upload_tmp_dir') ?: sys_get_temp_dir()]);
            return;
        case 'ignore':
            echo '"ignored"';
            return;
        case 'send':
            $left = (int) $_GET['bytes'];
            $block = str_repeat('0123456789abcdef', 4096);
            while ($left > 0 && !connection_aborted()) {
                $part = min($left, strlen($block));
                echo $part === strlen($block) ? $block : substr($block, 0, $part);
                $left -= $part;
            }
            return;
    }
}
