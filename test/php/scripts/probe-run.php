<?php
fwrite(STDOUT, json_encode(include __DIR__ . '/probe.php'));
