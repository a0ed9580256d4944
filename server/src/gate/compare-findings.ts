import type { FileEdit } from "./causes.ts";
import { renamedFiles } from "./compare-models.ts";
import type { GateFinding, GateResult } from "./gate-result.ts";
import type { FileSnapshot } from "./snapshot.ts";

/** Where rules of the gate itself are described. */
const page = "https://github.com/ecocompute/ecocompute#readme";

/**
 * Findings that are there on one side only. A finding is known again by its rule and the words of its line, in its file,
 * in the file that it was renamed to, or where else its line went.
 */
export function compareFindings(
  base: readonly FileSnapshot[],
  head: readonly FileSnapshot[],
  edits: readonly FileEdit[],
): GateResult["findings"] {
  const renamed = renamedFiles(edits);
  const changed = {
    base: new Set(edits.flatMap(({ basePath }) => basePath ?? [])),
    head: new Set(edits.flatMap(({ headPath }) => headPath ?? [])),
  };
  const old = base.filter(({ path }) => changed.base.has(path)).flatMap(findingsOf);
  const now = head.filter(({ path }) => changed.head.has(path)).flatMap(findingsOf);
  const inPlace = without(
    old,
    now,
    ({ file, fingerprint }) => `${renamed.get(file) ?? file}\n${fingerprint}`,
  );
  const { old: fixed, now: fresh } = without(
    inPlace.old,
    inPlace.now,
    ({ rule, fingerprint }) =>
      // How many of equal lines went before it differs from file to file.
      `${rule}\n${fingerprint.replace(/:\d+$/, "")}`,
  );
  return { new: fresh, fixed };
}

interface Sides {
  readonly old: readonly GateFinding[];
  readonly now: readonly GateFinding[];
}

/** Both without those that `key` calls the same, one for one. */
function without(
  old: readonly GateFinding[],
  now: readonly GateFinding[],
  key: (of: GateFinding) => string,
): Sides {
  const waiting = new Map<string, GateFinding[]>();
  for (const each of old) {
    const same = waiting.get(key(each));
    if (same === undefined) waiting.set(key(each), [each]);
    else same.push(each);
  }
  const fresh = now.filter((each) => waiting.get(key(each))?.shift() === undefined);
  const left = new Set([...waiting.values()].flat());
  return { old: old.filter((each) => left.has(each)), now: fresh };
}

/** A text that cannot be read as Python is a finding like any other. */
function findingsOf({ path, findings, broken }: FileSnapshot): readonly GateFinding[] {
  if (broken === null) return findings;
  const line = broken.line - 1;
  const [rule, message] =
    broken.kind === "conflict"
      ? ["merge-conflict", "Markers of a merge conflict are left in this file."]
      : ["syntax-error", "This is not valid Python: the models of this file cannot be compared."];
  return [
    {
      rule,
      severity: "error",
      category: "bug",
      message,
      file: path,
      range: { start: { line, character: 0 }, end: { line: line + 1, character: 0 } },
      fix: "none",
      page,
      fingerprint: `${rule}:1`,
    },
    ...findings,
  ];
}
