import sarif from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import { Ajv } from "ajv";

/** Draft 4 in name; it uses nothing that later drafts read otherwise. */
const { $schema: _, id: __, ...schema } = sarif;
const validate = new Ajv({
  allErrors: true,
  strict: false,
  validateFormats: false,
  unicodeRegExp: false,
}).compile(schema);

/** Where a log departs from the OASIS schema of SARIF 2.1.0. */
export function sarifProblems(log: unknown): readonly string[] {
  validate(log);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
