<?php

// Vars kept by extensions.

return [
    'mbstring' => new Holder(
        static fn (array $vars) => [mb_internal_encoding($vars['encoding']), mb_convert_encoding($vars['text'], $vars['encoding'], 'UTF-8'), mb_strlen($vars['text'], $vars['encoding']), mb_detect_order([$vars['encoding'], 'ASCII']), mb_http_output($vars['encoding']), mb_encode_numericentity($vars['text'], [0x80, 0xff, 0, 0xff], $vars['encoding'])],
        static fn (array $kept, array $e) => [$kept[1], $kept[2], mb_internal_encoding(), mb_strlen($e['text'], $e['encoding'])] === [$e['text'], strlen($e['text']), $e['encoding'], strlen($e['text'])],
        static fn (array $e) => mb_strlen($e['text'], $e['encoding']) === strlen($e['text']) && mb_internal_encoding() === 'UTF-8',
    ),
    'iconv' => new Holder(
        static fn (array $vars) => [iconv($vars['encoding'], 'UTF-8', $vars['text']), iconv_strlen($vars['text'], $vars['encoding']), @iconv_set_encoding('internal_encoding', $vars['encoding'])],
        static fn (array $kept, array $e) => array_slice($kept, 0, 2) === [$e['text'], strlen($e['text'])],
        static fn (array $e) => iconv_strlen($e['text'], $e['encoding']) === strlen($e['text']),
    ),
    'XML parser' => new Holder(
        static function (array $vars): XMLParser {
            $parser = xml_parser_create($vars['xml encoding']);
            xml_parser_set_option($parser, XML_OPTION_TARGET_ENCODING, $vars['xml encoding']);
            xml_set_element_handler($parser, $vars['function'], $vars['function']);
            xml_set_character_data_handler($parser, static fn () => $vars['text']);
            xml_parse($parser, "<a><{$vars['name']}>{$vars['text']}");
            return $parser;
        },
        static fn (XMLParser $parser) => xml_get_error_code($parser) === 0,
    ),
    'DOM' => new Holder(
        static function (array $vars): array {
            libxml_use_internal_errors(true);
            libxml_set_streams_context(stream_context_create(['http' => ['header' => $vars['header']]]));
            $document = new DOMDocument('1.0', 'UTF-8');
            $document->appendChild($document->createElement($vars['name'], $vars['text']))->setAttribute('a', $vars['long']);
            $broken = new DOMDocument();
            $broken->loadXML("<{$vars['name']}>{$vars['text']}</broken>");
            $path = new DOMXPath($document);
            $path->registerNamespace('p', "urn:{$vars['name']}");
            return [$document, $path, simplexml_load_string("<{$vars['name']}><a>{$vars['text']}</a></{$vars['name']}>")];
        },
        static fn (array $kept, array $e) => [$kept[0]->documentElement->textContent, $kept[1]->evaluate("string(/{$e['name']}/@a)"), (string) $kept[2]->a] === [$e['text'], $e['long'], $e['text']] && libxml_get_errors() !== [],
    ),
    'database' => new Holder(
        static function (array $vars): array {
            $database = new PDO('sqlite::memory:');
            $create = method_exists($database, 'createFunction') ? 'createFunction' : 'sqliteCreateFunction';
            @$database->$create($vars['name'], static fn (mixed $given) => $vars['text'] . $given);
            $statement = $database->prepare("SELECT {$vars['name']}(:given) AS {$vars['name']}");
            $given = $vars['id'];
            $statement->bindParam(':given', $given);
            $other = new SQLite3(':memory:');
            $other->createFunction($vars['name'], $vars['function']);
            return [$database, $statement, $other];
        },
        static fn (array $kept, array $e) => $kept[1]->execute() && $kept[1]->fetchAll(PDO::FETCH_ASSOC) === [[$e['name'] => $e['text'] . $e['id']]],
    ),
    'curl' => new Holder(
        static function (array $vars): array {
            $handle = curl_init("http://127.0.0.1:1/{$vars['name']}");
            $ok = curl_setopt_array($handle, [CURLOPT_PRIVATE => $vars['text'], CURLOPT_POSTFIELDS => $vars['long'], CURLOPT_HTTPHEADER => [$vars['header']], CURLOPT_USERAGENT => $vars['name'], CURLOPT_WRITEFUNCTION => static fn ($h, $data) => $vars['seed']]);
            curl_exec($handle);
            return [$handle, $ok];
        },
        static fn (array $kept, array $e) => [$kept[1], curl_getinfo($kept[0], CURLINFO_PRIVATE), curl_getinfo($kept[0], CURLINFO_EFFECTIVE_URL)] === [true, $e['text'], "http://127.0.0.1:1/{$e['name']}"],
    ),
    'hashes and keys' => new Holder(
        static function (array $vars): HashContext {
            $context = hash_init('sha256', HASH_HMAC, $vars['name']);
            hash_update($context, $vars['text']);
            return $context;
        },
        static fn (HashContext $context, array $e) => hash_final(hash_copy($context)) === hash_hmac('sha256', $e['text'], $e['name']),
    ),
    'XMLWriter and streams' => new Holder(
        static function (array $vars): array {
            $writer = new XMLWriter();
            $writer->openMemory();
            $writer->writeElement($vars['name'], $vars['text']);
            $memory = fopen('php://temp', 'w+');
            fwrite($memory, $vars['long']);
            return [$writer, $memory, fopen("data:text/plain,{$vars['name']}", 'r')];
        },
        static fn (array $kept, array $e) => [$kept[0]->outputMemory(false), stream_get_contents($kept[1], -1, 0), stream_get_contents($kept[2], -1, 0)] === ["<{$e['name']}>{$e['text']}</{$e['name']}>", $e['long'], $e['name']],
    ),
    'calendar, filters and tokens' => new Holder(
        static fn (array $vars) => [filter_var($vars['text'], FILTER_CALLBACK, ['options' => $vars['function']]), filter_var((string) $vars['seed'], FILTER_VALIDATE_INT), token_get_all("<?php {$vars['name']};")[1][1], ctype_alnum($vars['name']), bcadd((string) $vars['seed'], '1')],
        static fn (array $kept, array $e) => array_slice($kept, 1) === [$e['seed'], $e['name'], true, (string) ($e['seed'] + 1)],
    ),
];
