// The application of 300 classes: a file each, as a framework has them. Written anew at each run.
import { mkdirSync, writeFileSync } from 'node:fs';

export const CLASSES = 300;

/** Writes the classes into `folder`. */
export function writeClasses(folder) {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < CLASSES; number++) {
    const constants = Array.from(
      { length: 8 },
      (_, at) => `    const SETTING_${at} = ['key' => ${number * at}, 'list' => [1, 2, 3]];`,
    );
    const methods = Array.from(
      { length: 6 },
      (_, at) =>
        `    public function step${at}(array $options): int\n    {\n        $this->log[] = self::SETTING_${at}['key'];\n        return count($this->log) + ($options['number'] ?? 0);\n    }\n`,
    );
    writeFileSync(
      `${folder}/Service${number}.php`,
      `<?php\n\nfinal class Service${number}\n{\n${constants.join('\n')}\n\n    private array $log = [];\n\n    public function __construct(private readonly int $start)\n    {\n    }\n\n    public function run(array $options): int\n    {\n        return $this->start + $this->step0($options) + $this->step1($options);\n    }\n\n${methods.join('\n')}}\n`,
    );
  }
}
