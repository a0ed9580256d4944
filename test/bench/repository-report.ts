import { existsSync } from "node:fs";
import { timeRepository } from "./repository.ts";
import { table } from "./statistics.ts";

const maxFiles = 3_000;
/** Times what ruff with all of its rules takes for the same files. */
const limit = 2;
const standardFolders = [
  "/usr/lib/python3/dist-packages/torch",
  "/usr/lib/python3/dist-packages/torchvision",
];

/** `npm run bench repository [FOLDER...]` checks other folders than the installed torch. */
export function reportRepository(): boolean {
  const named = process.argv.slice(2).filter((each) => each.includes("/"));
  const folders = (named.length > 0 ? named : standardFolders).filter((folder) => existsSync(folder));
  if (folders.length === 0) {
    console.log("\nRepository: no torch is installed here; name folders to check.");
    return true;
  }
  const { files, lines, concerned, rows } = timeRepository(folders, maxFiles);
  const ruff = rows.find(({ name }) => name === "ruff-wasm, all rules")?.cpuSeconds ?? Number.NaN;
  const ours = rows[0]?.cpuSeconds ?? Number.NaN;
  const count = (value: number): string => value.toLocaleString("en-US");
  console.log(
    `\nRepository: ${count(files)} files of ${count(lines)} lines, ${count(concerned)} of which speak of torch. Seconds of the processor for one check.\n`,
  );
  console.log(
    table([
      ["", "cpu s", "findings", "/ ruff, all rules"],
      ...rows.map(({ name, cpuSeconds, findings }) => [
        name,
        cpuSeconds.toFixed(1),
        count(findings),
        (cpuSeconds / ruff).toFixed(2),
      ]),
    ]),
  );
  const isMet = ours <= limit * ruff;
  console.log(
    `${isMet ? "met" : "MISSED"}: ${(ours / ruff).toFixed(2)} times ruff with all rules, target ${limit}`,
  );
  return isMet;
}
