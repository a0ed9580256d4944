import type { ShownAudit, ShownFigure, ShownInterval } from "../../server/src/report/shown-audit.ts";
import type { PastAudit } from "../src/audit/past-audit.ts";
import { bounds, claimWords, dollars, figure, moment, rounded } from "./audit-words.ts";

export interface ComparedRow {
  readonly name: string;
  readonly cells: readonly [string, string];
  /** In words; empty where both say the same. */
  readonly difference: string;
}

/** A part of two audits side by side. */
export interface ComparedPart {
  readonly title: string;
  readonly rows: readonly ComparedRow[];
}

/** Two audits, the older first, and where they differ. */
export function compareAudits(older: PastAudit, newer: PastAudit): readonly ComparedPart[] {
  const [a, b] = [older.audit, newer.audit];
  const parts: readonly ComparedPart[] = [
    {
      title: "The audits",
      rows: [
        words("File", a.file, b.file),
        words("When", moment(a.at), moment(b.at)),
        words("Level and model", `${a.level}, ${a.model}`, `${b.level}, ${b.model}`),
        words("Scenario", a.scenario, b.scenario),
        words("Model", a.subject ?? "none found", b.subject ?? "none found"),
        words("Spent", dollars(a.spentUsd), dollars(b.spentUsd)),
      ],
    },
    { title: "The code as it was, by the engine", rows: figures(a, b, "before") },
    { title: "With the changes that hold, by the engine", rows: figures(a, b, "after") },
    { title: "Saving", rows: [saving(a, b)] },
    { title: "Recommendations", rows: recommendations(a, b) },
    { title: "Critical bugs", rows: bugs(a, b) },
    { title: "Claims of the model", rows: claims(a, b) },
    { title: "Summary", rows: [words("Summary", a.summary, b.summary)] },
  ];
  return parts.filter(({ rows }) => rows.length > 0);
}

const words = (name: string, a: string, b: string): ComparedRow => ({
  name,
  cells: [a, b],
  difference: a === b ? "" : "differs",
});

function figures(a: ShownAudit, b: ShownAudit, which: "before" | "after"): readonly ComparedRow[] {
  const names = new Set([...a.figures, ...b.figures].map(({ name }) => name));
  return [...names].flatMap((name): readonly ComparedRow[] => {
    const [one, two] = [a, b].map(({ figures: all }) => all.find((each) => each.name === name));
    const [before, after] = [one?.[which] ?? null, two?.[which] ?? null];
    if (before === null && after === null) return [];
    const unit = (one ?? two)?.unit ?? "";
    return [
      {
        name,
        cells: [
          which === "after" && a.saving === null ? none : shown(before, unit),
          which === "after" && b.saving === null ? none : shown(after, unit),
        ],
        difference: change(before?.value ?? null, after?.value ?? null),
      },
    ];
  });
}

const none = "no change holds";

function shown(value: ShownInterval | null, unit: ShownFigure["unit"]): string {
  if (value === null) return "not known";
  const range = bounds(value, unit);
  return `${figure(value.value, unit)}${range === "" ? "" : ` (${range})`}`;
}

function change(before: number | null, after: number | null): string {
  if (before === after) return "";
  if (before === null || after === null || before === 0) return "differs";
  const percent = (after / before - 1) * 100;
  const size = rounded(Math.abs(percent));
  if (size === "0") return "the same but for rounding";
  return `${size} % ${percent < 0 ? "less" : "more"}`;
}

const savingText = ({ saving: found }: ShownAudit): string =>
  found === null
    ? "none computed"
    : `${rounded(found.percent)} % of the energy (${rounded(found.low)} to ${rounded(found.high)} %)`;

const saving = (a: ShownAudit, b: ShownAudit): ComparedRow =>
  words("Computed saving", savingText(a), savingText(b));

interface Judged {
  readonly name: string;
  readonly says: string;
}

function recommendations(a: ShownAudit, b: ShownAudit): readonly ComparedRow[] {
  const judged = ({ recommendations: all }: ShownAudit): readonly Judged[] =>
    all.map(({ title, verdict }) => ({ name: title, says: verdict.text }));
  return matched(judged(a), judged(b));
}

function bugs(a: ShownAudit, b: ShownAudit): readonly ComparedRow[] {
  const judged = ({ criticalBugs }: ShownAudit): readonly Judged[] =>
    criticalBugs.map(({ what, line, fix }) => ({
      name: what,
      says: line === null ? fix : `line ${line}: ${fix}`,
    }));
  return matched(judged(a), judged(b));
}

function claims(a: ShownAudit, b: ShownAudit): readonly ComparedRow[] {
  const judged = ({ claims: all }: ShownAudit): readonly Judged[] =>
    all.map(({ name, claimed, unit, verdict }) => ({
      name,
      says: `${figure(claimed, unit)}, ${claimWords[verdict]}`,
    }));
  return matched(judged(a), judged(b));
}

/** What both have beside each other; what only one has says so. */
function matched(a: readonly Judged[], b: readonly Judged[]): readonly ComparedRow[] {
  const names = new Set([...a, ...b].map(({ name }) => name));
  return [...names].map((name) => {
    const [one, two] = [a, b].map((all) => all.find((each) => each.name === name)?.says);
    return {
      name,
      cells: [one ?? "not there", two ?? "not there"],
      difference:
        one === undefined
          ? "only in the newer"
          : two === undefined
            ? "only in the older"
            : one === two
              ? ""
              : "differs",
    };
  });
}
