/**
 * Prints how far predictions are off on rows that the fit did not see, and how often their intervals hold. With `--check` it fails
 * when a goal is missed, or when the coefficients, the report, its plots or the README say anything else.
 */
import { studyAll } from "./calibrate/studies.ts";
import { missed, printed } from "./calibrate/tables.ts";
import { outdated } from "./calibrate/write.ts";

const result = studyAll();
console.log(printed(result));
if (process.argv.includes("--check")) {
  const wrong = missed(result).map((name) => `goal missed: ${name}`);
  const old = outdated(result);
  if (old.length > 0)
    wrong.push(`npm run calibrate has not been run since something changed: ${old.join(", ")}`);
  for (const each of wrong) console.error(each);
  if (wrong.length > 0) process.exitCode = 1;
}
