<?php

/** Scales without any extension but zlib: binary PPM in (P6, what `convert a.jpg a.ppm` writes), PNG out. */
final class PpmScaler
{
    private const STRIPES = 20; // progress reports of one image

    /**
     * Writes a PNG whose longer side has $size pixels, each the average of those it stands for.
     *
     * @param callable(int): void $progress percent done
     * @return array{width: int, height: int, bytes: int}
     */
    public function scale(string $source, string $target, int $size, callable $progress): array
    {
        [$width, $height, $pixels] = $this->read($source);
        $factor = min(1, $size / max($width, $height));
        [$toWidth, $toHeight] = [max(1, (int) ($width * $factor)), max(1, (int) ($height * $factor))];
        $rows = '';
        for ($y = 0, $told = 0; $y < $toHeight; $y++) {
            $from = intdiv($y * $height, $toHeight);
            $to = max($from + 1, intdiv(($y + 1) * $height, $toHeight));
            $rows .= "\0" . $this->row($pixels, $width, $toWidth, $from, $to); // 0: PNG's filter "none"
            $stripe = intdiv($y * self::STRIPES, $toHeight);
            if ($stripe > $told) {
                $progress(intdiv($stripe * 100, self::STRIPES));
                $told = $stripe;
            }
        }
        $bytes = file_put_contents($target, $this->png($toWidth, $toHeight, $rows));
        return ['width' => $toWidth, 'height' => $toHeight, 'bytes' => $bytes];
    }

    /** @return array{int, int, string} width, height, three bytes a pixel */
    private function read(string $file): array
    {
        $text = (string) @file_get_contents($file);
        if (!preg_match('/^P6\s+(?:#.*\n\s*)*(\d+)\s+(\d+)\s+255\s/', $text, $head)) {
            throw new UnexpectedValueException(basename($file) . ' is not a binary PPM with 8 bits a colour');
        }
        [$whole, $width, $height] = $head;
        if (strlen($text) - strlen($whole) < $width * $height * 3) {
            throw new UnexpectedValueException(basename($file) . ' ends too early');
        }
        return [(int) $width, (int) $height, substr($text, strlen($whole))];
    }

    /** One row of the thumbnail: the averages of rows $from to $to of the image. */
    private function row(string $pixels, int $width, int $toWidth, int $from, int $to): string
    {
        $row = '';
        for ($x = 0; $x < $toWidth; $x++) {
            $left = intdiv($x * $width, $toWidth);
            $right = max($left + 1, intdiv(($x + 1) * $width, $toWidth));
            $red = $green = $blue = 0;
            for ($y = $from; $y < $to; $y++) {
                $at = ($y * $width + $left) * 3;
                for ($end = $at + ($right - $left) * 3; $at < $end; $at += 3) {
                    $red += ord($pixels[$at]);
                    $green += ord($pixels[$at + 1]);
                    $blue += ord($pixels[$at + 2]);
                }
            }
            $count = ($right - $left) * ($to - $from);
            $row .= chr(intdiv($red, $count)) . chr(intdiv($green, $count)) . chr(intdiv($blue, $count));
        }
        return $row;
    }

    private function png(int $width, int $height, string $rows): string
    {
        $chunk = static fn (string $type, string $data) =>
            pack('N', strlen($data)) . $type . $data . pack('N', crc32($type . $data));
        return "\x89PNG\r\n\x1a\n"
            . $chunk('IHDR', pack('NNCCCCC', $width, $height, 8, 2, 0, 0, 0)) // 8 bits, RGB
            . $chunk('IDAT', gzcompress($rows, 9))
            . $chunk('IEND', '');
    }
}
