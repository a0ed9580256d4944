/**
 * Prints how far predictions are off on rows that the fit did not see, and how often their intervals hold. With `--check` it fails
 * when the coefficients, the report, its plots or the README say anything else.
 */
import { studyAll } from "./calibrate/studies.ts";
import { printed } from "./calibrate/tables.ts";
import { outdated } from "./calibrate/write.ts";

const result = studyAll();
console.log(printed(result));
const old = process.argv.includes("--check") ? outdated(result) : [];
if (old.length > 0) {
  console.error(`npm run calibrate has not been run since something changed: ${old.join(", ")}`);
  process.exitCode = 1;
}
