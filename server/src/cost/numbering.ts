import { moved } from "../graph/columns.ts";

/** Numbers lists of numbers by first sight: two lists have the same one if they are the same. */
export class Numbering {
  /** The different lists, one behind another; the list at hand is the last. */
  #numbers = new Float64Array(2048);
  /** The same memory: what is hashed. */
  #words = new Int32Array(this.#numbers.buffer);
  readonly #starts: number[] = [0];
  readonly #hashes: number[] = [];
  #end = 0;
  /** Open addressing: a list's number plus one, by its hash. */
  #slots = new Int32Array(512);

  /** The next number of the list at hand. */
  add(n: number): void {
    if (this.#end === this.#numbers.length) this.#grow();
    this.#numbers[this.#end++] = n;
  }

  /** The number of the list at hand; the next one begins. */
  end(): number {
    const count = this.#hashes.length;
    const from = this.#starts[count] ?? 0;
    if (2 * count >= this.#slots.length) this.#rehash();
    const hash = this.#hashFrom(from);
    const mask = this.#slots.length - 1;
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

  #hashFrom(from: number): number {
    const words = this.#words;
    const end = 2 * this.#end;
    let hash = 0;
    for (let i = 2 * from; i < end; i += 2) {
      const word = (words[i] ?? 0) + Math.imul(words[i + 1] ?? 0, 0x85ebca6b);
      const mixed = Math.imul(hash ^ word, 0x9e3779b1);
      hash = mixed ^ (mixed >>> 15);
    }
    return hash;
  }

  #isSame(known: number, from: number): boolean {
    const start = this.#starts[known] ?? 0;
    const length = (this.#starts[known + 1] ?? 0) - start;
    if (length !== this.#end - from) return false;
    const numbers = this.#numbers;
    for (let i = 0; i < length; i++) if (numbers[start + i] !== numbers[from + i]) return false;
    return true;
  }

  #grow(): void {
    this.#numbers = moved(this.#numbers, new Float64Array(2 * this.#numbers.length));
    this.#words = new Int32Array(this.#numbers.buffer);
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
