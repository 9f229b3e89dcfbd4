<?php

/**
 * What is published for a seed; readers build the same to compare with. Each string is of that seed alone, so none can
 * live on in a later snapshot.
 *
 * @return array<string, mixed>
 */
function vars_of(int $seed): array
{
    $folder = getenv('PROOF_FOLDER');
    return [
        'seed' => $seed,
        'text' => "a text of seed $seed, with words to split",
        'long' => str_repeat("seed $seed;", 500),
        'list' => [$seed, "second $seed", [$seed + 1, ["deep $seed"]], 1.5 * $seed, null, true],
        'map' => ["key$seed" => "value $seed", 'inner' => ['text' => "inner text $seed", 'numbers' => range($seed, $seed + 20)]],
        'name' => "Proof$seed",
        'function' => 'tell_seed',
        'pattern' => "/seed (?<number>$seed)(\\D)/u",
        'patterns' => ["/seed/x$seed" => 'never', "~words $seed?~" => "w$seed"],
        'path' => "$folder/part$seed.php",
        'link' => "$folder/link/part$seed.php",
        'relative' => "part$seed.php",
        'folder' => "$folder/./",
        'address' => 'tcp://127.0.0.1:' . getenv('PROOF_PORT') . "/$seed",
        'host' => 'tcp://127.0.0.1',
        'dsn' => "sqlite:$folder/database$seed",
        'scheme' => "proof$seed",
        'id' => "session$seed",
        'header' => "X-Proof: seed $seed",
        'zone' => ['Europe/Paris', 'Asia/Tokyo', 'America/Lima'][$seed % 3],
        'encoding' => ['ISO-8859-1', 'UTF-8', 'ISO-8859-15'][$seed % 3],
        'xml encoding' => ['ISO-8859-1', 'UTF-8', 'US-ASCII'][$seed % 3],
        'locale' => 'C',
    ];
}

/** The files that the vars of a seed name; `link` is a symlink to the folder itself. */
function make_files(int $seed): void
{
    file_put_contents(getenv('PROOF_FOLDER') . "/part$seed.php", "<?php return ['part', $seed];");
}
