import type { ShownEdit } from "../../server/src/report/shown-audit.ts";

export interface DiffLine {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** The lines of an edit: what both ends share stays, what is between is removed and added. */
export function diffLines({ find, replace }: ShownEdit): readonly DiffLine[] {
  const [before, after] = [find.split("\n"), replace === "" ? [] : replace.split("\n")];
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++;
  const of = (kind: DiffLine["kind"], lines: readonly string[]): readonly DiffLine[] =>
    lines.map((text) => ({ kind, text }));
  return [
    ...of("same", before.slice(0, start)),
    ...of("removed", before.slice(start, before.length - end)),
    ...of("added", after.slice(start, after.length - end)),
    ...of("same", before.slice(before.length - end)),
  ];
}
