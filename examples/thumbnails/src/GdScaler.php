<?php

/** Scales whatever gd reads. */
final class GdScaler
{
    /**
     * Writes a PNG whose longer side has $size pixels.
     *
     * @param callable(int): void $progress percent done
     * @return array{width: int, height: int, bytes: int}
     */
    public function scale(string $source, string $target, int $size, callable $progress): array
    {
        $image = @imagecreatefromstring((string) @file_get_contents($source));
        if ($image === false) {
            throw new UnexpectedValueException(basename($source) . ' is no image that gd can read');
        }
        $progress(50);
        $factor = min(1, $size / max(imagesx($image), imagesy($image)));
        $small = imagescale($image, max(1, (int) (imagesx($image) * $factor)));
        imagepng($small, $target, 9);
        return ['width' => imagesx($small), 'height' => imagesy($small), 'bytes' => filesize($target)];
    }
}
