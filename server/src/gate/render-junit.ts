import { xmlText } from "../report/escape.ts";
import type { GateResult, Reason } from "./gate-result.ts";
import { verdictText } from "./verdict-text.ts";

interface Case {
  readonly name: string;
  readonly group: string;
  readonly failures: readonly Reason[];
  readonly told: readonly Reason[];
}

/**
 * JUnit XML, as any CI shows it: a case for each model that differs and one for the change as a whole. What blocks is a
 * failure; in audit mode, and what warns, is output of a case that passes.
 */
export function renderJunit(result: GateResult): string {
  const cases = casesOf(result);
  const failed = cases.filter(({ failures }) => failures.length > 0).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="EcoCompute gate" tests="${cases.length}" failures="${failed}">`,
    `  <testsuite name="EcoCompute gate: ${xmlText(verdictText(result))}" tests="${cases.length}" failures="${failed}">`,
    ...cases.flatMap(caseLines),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function casesOf({ models, reasons, mode }: GateResult): readonly Case[] {
  const of = (model: string | null): Pick<Case, "failures" | "told"> => {
    const own = reasons.filter((reason) => reason.model === model);
    const blocks = (reason: Reason): boolean =>
      mode === "block" && reason.level === "block" && reason.allowed === null;
    return { failures: own.filter(blocks), told: own.filter((each) => !blocks(each)) };
  };
  return [
    { name: "the change", group: "budgets", ...of(null) },
    ...models
      .filter(({ status }) => status !== "unchanged")
      .map(({ id, name, file }) => ({ name, group: file, ...of(id) })),
  ];
}

function caseLines({ name, group, failures, told }: Case): readonly string[] {
  const head = `    <testcase classname="${xmlText(group)}" name="${xmlText(name)}"`;
  if (failures.length === 0 && told.length === 0) return [`${head}/>`];
  return [
    `${head}>`,
    ...failures.map(
      ({ budget, decision }) =>
        `      <failure type="${budget}" message="${xmlText(decision)}">${xmlText(decision)}</failure>`,
    ),
    ...(told.length === 0
      ? []
      : [`      <system-out>${told.map((each) => xmlText(wordsOf(each))).join("\n")}</system-out>`]),
    "    </testcase>",
  ];
}

const wordsOf = ({ level, decision, allowed }: Reason): string =>
  allowed === null ? `${level}: ${decision}` : `allowed (${allowed.reason}): ${decision}`;
