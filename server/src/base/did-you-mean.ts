/** The candidate nearest to a mistyped `word`, `undefined` when none is near enough to be what was meant. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(normalized(word), normalized(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean ...?`, to follow a sentence; empty when nothing is near. */
export function meant(word: string, candidates: Iterable<string>): string {
  const nearest = didYouMean(word, candidates);
  return nearest === undefined ? "" : ` Did you mean \`${nearest}\`?`;
}

/** The words for a rule name that names nothing. */
export const unknownRule = (name: string, known: Iterable<string>): string =>
  `Unknown rule \`${name}\`.${meant(name, known)}`;

const normalized = (word: string): string => word.toLowerCase().replaceAll("_", "-");

/** Insertions, deletions, substitutions and swaps of neighbors that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const candidates = [
        (last[j - 1] ?? 0) + (same ? 0 : 1),
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        ...(a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? [(beforeLast[j - 2] ?? 0) + 1] : []),
      ];
      row.push(Math.min(...candidates));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
