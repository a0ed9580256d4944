/** Numbers lists of numbers by first sight: two lists have the same one if they are the same. */
export class Numbering {
  /** The different lists, one behind another; the list at hand is the last. */
  #numbers = new Float64Array(8192);
  readonly #starts: number[] = [0];
  readonly #hashes: number[] = [];
  #end = 0;
  #hash = 0;
  /** Open addressing: a list's number plus one, by its hash. */
  #slots = new Int32Array(512);

  /** The next number of the list at hand. */
  add(n: number): void {
    if (this.#end === this.#numbers.length) this.#grow();
    this.#numbers[this.#end++] = n;
    const mixed = Math.imul(this.#hash ^ n, 0x9e3779b1);
    this.#hash = mixed ^ (mixed >>> 15);
  }

  /** The number of the list at hand; the next one begins. */
  end(): number {
    const count = this.#hashes.length;
    const from = this.#starts[count] ?? 0;
    if (2 * count >= this.#slots.length) this.#rehash();
    const hash = this.#hash;
    const mask = this.#slots.length - 1;
    this.#hash = 0;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const known = (this.#slots[slot] ?? 0) - 1;
      if (known === -1) {
        this.#slots[slot] = count + 1;
        this.#hashes.push(hash);
        this.#starts.push(this.#end);
        return count;
      }
      if (this.#hashes[known] !== hash || !this.#isSame(known, from)) continue;
      this.#end = from;
      return known;
    }
  }

  #isSame(known: number, from: number): boolean {
    const start = this.#starts[known] ?? 0;
    const length = (this.#starts[known + 1] ?? 0) - start;
    if (length !== this.#end - from) return false;
    for (let i = 0; i < length; i++) if (this.#numbers[start + i] !== this.#numbers[from + i]) return false;
    return true;
  }

  #grow(): void {
    const before = this.#numbers;
    this.#numbers = new Float64Array(2 * before.length);
    this.#numbers.set(before);
  }

  #rehash(): void {
    this.#slots = new Int32Array(4 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (const [known, hash] of this.#hashes.entries()) {
      let slot = hash & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = known + 1;
    }
  }
}
