<?php
echo json_encode(include __DIR__ . '/probe.php');
