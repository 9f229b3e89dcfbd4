<?php

// A form, and what becomes of it: the mail itself is Node's affair.

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    header('Content-Type: application/json');
    $mail = array_map('trim', array_intersect_key($_POST, ['to' => 0, 'subject' => 0, 'text' => 0]));
    if (!filter_var($mail['to'] ?? '', FILTER_VALIDATE_EMAIL)) {
        http_response_code(422);
        exit(json_encode(['error' => 'to must be an address']));
    }
    try {
        $task = frankenphp_worker_task_send('node-mailer', $mail + ['subject' => '', 'text' => ''], 5.0);
        $updates = [];
        while (($update = frankenphp_worker_task_read($task)) !== null) {
            $updates[] = $update;
        }
        exit(json_encode($updates));
    } catch (RuntimeException $exception) { // nodemailer threw, or nobody serves the name
        http_response_code(502);
        exit(json_encode(['error' => $exception->getMessage()]));
    }
}
?>
<!doctype html>
<meta charset="utf-8">
<title>node-mailer</title>
<form method="post">
  <p><label>To <input name="to" type="email" required></label>
  <p><label>Subject <input name="subject"></label>
  <p><label>Text <textarea name="text"></textarea></label>
  <p><button>Send</button>
</form>
