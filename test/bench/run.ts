import { reportCost } from "./cost-report.ts";
import { reportKeystrokes } from "./keystroke-report.ts";
import { reportModels } from "./model-report.ts";
import { reportRepository } from "./repository-report.ts";

/** `npm run bench` measures all, `npm run bench models` one section. */
const sections = {
  keystrokes: reportKeystrokes,
  models: reportModels,
  cost: reportCost,
  repository: reportRepository,
} as const;
const wanted = process.argv.slice(2).filter((each) => !each.includes("/"));

let isMet = true;
for (const [name, report] of Object.entries(sections))
  if (wanted.length === 0 || wanted.includes(name)) isMet = (await report()) && isMet;
process.exitCode = isMet ? 0 : 1;
