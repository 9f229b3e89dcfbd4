<?php

echo json_encode(array_map(ini_get(...), [
    'memory' => 'memory_limit', 'precision' => 'precision', 'path' => 'include_path', 'prepend' => 'auto_prepend_file',
    'variable' => 'user_agent', 'empty' => 'error_prepend_string', 'off' => 'expose_php', 'opcache' => 'opcache.max_accelerated_files',
]));
