import { type KnowledgeRow, knowledge, measuredRatio } from "../../src/cost/knowledge.ts";
import { type Check, percent } from "./tables.ts";

/** Whether what is said of a row, from rows that are not it, has the sign that was measured. */
function isRight(row: KnowledgeRow, rows: readonly KnowledgeRow[]): boolean | undefined {
  const { pattern, hardware, configuration } = row;
  const said = measuredRatio({ pattern, hardware, billions: configuration.billions }, rows);
  return said === undefined ? undefined : said.value > 1 === row.after > row.before;
}

/** A row, and what was measured again of the same model on the same board. */
const isSame = (a: KnowledgeRow, b: KnowledgeRow): boolean =>
  a.pattern === b.pattern && a.hardware === b.hardware && a.configuration.model === b.configuration.model;

export function checkQuantization(): readonly Check[] {
  return [
    check("sign of the quantization effect, rows of the knowledge base", (row) => isRight(row, knowledge())),
    check("the same, a row left out, other runs of it known", (row) =>
      isRight(
        row,
        knowledge().filter((other) => other !== row),
      ),
    ),
    check("the same, the model on that board left out", (row) =>
      isRight(
        row,
        knowledge().filter((other) => !isSame(other, row)),
      ),
    ),
  ];
}

function check(name: string, answer: (row: KnowledgeRow) => boolean | undefined): Check {
  const answers = knowledge().map(answer);
  const told = answers.filter((a) => a !== undefined);
  const right = told.filter((a) => a).length / Math.max(1, told.length);
  return {
    name,
    rows: told.length,
    figure: `right in ${percent(right)}${told.length < answers.length ? `, ${answers.length - told.length} rows have no neighbor` : ""}`,
    goal: "90 %",
    isMet: right >= 0.9,
  };
}
