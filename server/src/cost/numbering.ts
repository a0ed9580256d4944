/** What a list of numbers is told to, one after another. */
export interface Numbered {
  add(n: number): void;
}

/** Numbers lists of numbers by first sight: two lists have the same one if they are the same. */
export class Numbering implements Numbered {
  /** The different lists, one behind another; the list at hand is the last. */
  #numbers = new Float64Array(4096);
  #bits = new Int32Array(this.#numbers.buffer);
  readonly #starts: number[] = [0];
  #end = 0;
  /** Open addressing: a list's number plus one, by its hash. */
  #slots = new Int32Array(256);

  start(): void {
    this.#end = this.#starts.at(-1) ?? 0;
  }

  add(n: number): void {
    if (this.#end === this.#numbers.length) this.#grow();
    // Zero has two forms.
    this.#numbers[this.#end++] = n + 0;
  }

  /** The number of the list that was told since `start`. */
  end(): number {
    const from = this.#starts.at(-1) ?? 0;
    const count = this.#starts.length - 1;
    if (2 * count >= this.#slots.length) this.#rehash();
    const mask = this.#slots.length - 1;
    for (let slot = this.#hash(from, this.#end) & mask; ; slot = (slot + 1) & mask) {
      const known = (this.#slots[slot] ?? 0) - 1;
      if (known === -1) {
        this.#slots[slot] = count + 1;
        this.#starts.push(this.#end);
        return count;
      }
      if (this.#isSame(known, from)) return known;
    }
  }

  #isSame(known: number, from: number): boolean {
    const start = this.#starts[known] ?? 0;
    const length = (this.#starts[known + 1] ?? 0) - start;
    if (length !== this.#end - from) return false;
    for (let i = 0; i < length; i++) if (this.#numbers[start + i] !== this.#numbers[from + i]) return false;
    return true;
  }

  #hash(from: number, to: number): number {
    let hash = 0;
    for (let i = 2 * from; i < 2 * to; i++) {
      hash = Math.imul(hash ^ (this.#bits[i] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #grow(): void {
    const before = this.#numbers;
    this.#numbers = new Float64Array(2 * before.length);
    this.#numbers.set(before);
    this.#bits = new Int32Array(this.#numbers.buffer);
  }

  #rehash(): void {
    this.#slots = new Int32Array(4 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let i = 0; i + 1 < this.#starts.length; i++) {
      let slot = this.#hash(this.#starts[i] ?? 0, this.#starts[i + 1] ?? 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = i + 1;
    }
  }
}
