/**
 * Fits the cost engine's coefficients to the measured rows in `server/data/calibration` and writes them to
 * `server/src/cost/coefficients.gen.ts`, and how far off they are to `server/docs/cost` and the README. Deterministic:
 * the same rows give the same files.
 */
import { studyAll } from "./calibrate/studies.ts";
import { writeResult } from "./calibrate/write.ts";

writeResult(studyAll());
