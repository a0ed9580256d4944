/** Lines of one text that stand in the place of lines of another; the numbers of the first lines start at 1. */
export interface Hunk {
  readonly baseStart: number;
  readonly baseLines: readonly string[];
  readonly headStart: number;
  readonly headLines: readonly string[];
}

/** Beyond so many edits the rest counts as replaced: time grows with their square. */
const maxEdits = 1_500;

const linesOf = (text: string): readonly string[] => (text === "" ? [] : text.split(/\r\n|\n|\r/));

/** What turns `base` into `head`: a shortest edit script (E. Myers, 1986). */
export function hunksBetween(base: string, head: string): readonly Hunk[] {
  const [a, b] = [linesOf(base), linesOf(head)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - start && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail++;
  const [old, now] = [a.slice(start, a.length - tail), b.slice(start, b.length - tail)];
  return commonRuns(old, now).map(({ from, to, other, otherTo }) => ({
    baseStart: start + from + 1,
    baseLines: old.slice(from, to),
    headStart: start + other + 1,
    headLines: now.slice(other, otherTo),
  }));
}

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly other: number;
  readonly otherTo: number;
}

/** The ranges between the lines that both have. */
function commonRuns(a: readonly string[], b: readonly string[]): readonly Gap[] {
  const gaps: Gap[] = [];
  let [x, y] = [0, 0];
  for (const [i, j] of [...matches(a, b), [a.length, b.length] as const]) {
    if (i > x || j > y) gaps.push({ from: x, to: i, other: y, otherTo: j });
    [x, y] = [i + 1, j + 1];
  }
  return gaps;
}

/** Indices of equal lines in order. */
function matches(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  const [n, m] = [a.length, b.length];
  if (n === 0 || m === 0) return [];
  const limit = Math.min(n + m, maxEdits);
  const offset = limit + 1;
  const furthest = new Int32Array(2 * limit + 3);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= limit; d++) {
    trace.push(furthest.slice());
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(furthest, offset + k - 1) < at(furthest, offset + k + 1));
      let x = down ? at(furthest, offset + k + 1) : at(furthest, offset + k - 1) + 1;
      while (x < n && x - k < m && a[x] === b[x - k]) x++;
      furthest[offset + k] = x;
      if (x >= n && x - k >= m) return backward(trace, n, m, offset);
    }
  }
  return [];
}

function backward(
  trace: readonly Int32Array[],
  n: number,
  m: number,
  offset: number,
): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  let [x, y] = [n, m];
  for (let d = trace.length - 1; d >= 0; d--) {
    const before = trace[d] ?? new Int32Array();
    const k = x - y;
    const down = k === -d || (k !== d && at(before, offset + k - 1) < at(before, offset + k + 1));
    const from = k + (down ? 1 : -1);
    const px = d === 0 ? 0 : at(before, offset + from);
    const py = d === 0 ? 0 : px - from;
    const diagonal = d === 0 || down ? px : px + 1;
    for (; x > diagonal; x--, y--) found.push([x - 1, y - 1]);
    [x, y] = [px, py];
  }
  return found.reverse();
}

const at = (array: Int32Array, index: number): number => array[index] ?? 0;
