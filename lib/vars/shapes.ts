// Objects of one shape, that is with the same keys in the same order, and how to fill one quickly. A loop over the keys
// stores each property as if it had never seen it; code that names the keys is half as long under way (measured), so
// a shape that is met often gets such code, where the process may generate code at all.

/** Objects of a shape that are filled by a loop before code is generated for it. */
const OFTEN = 200;

type Properties = Record<string, unknown>;
type Fill = (object: Properties, value: () => unknown) => void;

let mayGenerate = true;

export class Shape {
  readonly #keys: readonly string[];
  #filled = 0;
  #fill: Fill | undefined;

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  /** Gives `object` the shape's properties, in order, each with the next of `value`. */
  fill(object: Properties, value: () => unknown): void {
    if (this.#fill !== undefined) {
      this.#fill(object, value);
      return;
    }
    const keys = this.#keys;
    for (let index = 0; index < keys.length; index++) object[keys[index]!] = value();
    if (++this.#filled === OFTEN && mayGenerate) this.#fill = generate(keys);
  }
}

function generate(keys: readonly string[]): Fill | undefined {
  const stores = keys.map((key) => `object[${JSON.stringify(key)}] = value();`);
  try {
    return new Function('object', 'value', `'use strict'; ${stores.join(' ')}`) as Fill;
  } catch {
    mayGenerate = false; // node --disallow-code-generation-from-strings
    return undefined;
  }
}
