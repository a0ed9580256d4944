const offsetBasis = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;

/** FNV-1a, 64 bits, over UTF-16 code units. */
function hash(text: string): string {
  let value = offsetBasis;
  for (let i = 0; i < text.length; i++)
    value = BigInt.asUintN(64, (value ^ BigInt(text.charCodeAt(i))) * prime);
  return value.toString(16).padStart(16, "0");
}

/**
 * Names the findings of one file so that they can be recognized after lines moved: the rule, the words of the line
 * and which of several equal ones it is. Ask in the order of the file.
 */
export function createFingerprints(): (rule: string, line: string) => string {
  const seen = new Map<string, number>();
  return (rule, line) => {
    const key = hash(`${rule}\n${line.replace(/\s+/g, " ").trim()}`);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return `${key}:${count}`;
  };
}
