<?php

// Calls into every library that libphp holds a copy of and node exports too, or might.
$key = openssl_pkey_new(['private_key_bits' => 2048]);
openssl_sign('text', $signature, $key, OPENSSL_ALGO_SHA256);
$handle = curl_init('http://127.0.0.1:1/');
curl_setopt_array($handle, [CURLOPT_RETURNTRANSFER => true, CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_2_0]);
curl_exec($handle);
$database = new PDO('sqlite::memory:');
$document = new DOMDocument();
$document->loadXML('<a><b>c</b></a>');
echo json_encode([
    'signature' => openssl_verify('text', $signature, openssl_pkey_get_details($key)['key'], OPENSSL_ALGO_SHA256),
    'cipher' => openssl_decrypt(openssl_encrypt('text', 'aes-128-gcm', 'k', 0, str_repeat('i', 12), $tag), 'aes-128-gcm', 'k', 0, str_repeat('i', 12), $tag),
    'zlib' => gzuncompress(gzcompress(str_repeat('text', 100))) === str_repeat('text', 100),
    'inflate' => gzdecode(gzencode('text')),
    'curl' => curl_errno($handle) === CURLE_COULDNT_CONNECT,
    'sqlite' => $database->query('select 6 * 7')->fetchColumn(),
    'xml' => (new DOMXPath($document))->evaluate('string(/a/b)'),
    'openssl' => OPENSSL_VERSION_TEXT,
], JSON_THROW_ON_ERROR);
