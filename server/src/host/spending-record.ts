import { join } from "node:path";
import { readJson, stateFolder, writeJson } from "./state-file.ts";

/** Where what was spent is kept between runs, for editor and terminal alike. */
export const spendingRecord = (): string => join(stateFolder(process.env, process.platform), "ledger.json");

/** What it holds; `undefined` when nothing was spent yet. @throws SyntaxError when it is no JSON. */
export const readSpending = (): unknown => readJson(spendingRecord());

export const writeSpending = (file: unknown): void => writeJson(spendingRecord(), file);
