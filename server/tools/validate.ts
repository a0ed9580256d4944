/** Prints how far predictions are off on rows that the fit did not see, and how often their intervals hold. */
import { studyAll } from "./calibrate/studies.ts";
import { printed } from "./calibrate/tables.ts";

console.log(printed(studyAll()));
