/** Where pages stand on the web. */
const docs = "https://github.com/ecocompute/ecocompute/blob/main/server/docs";

export const rulePage = (rule: string): string => `${docs}/rules/${rule}.md`;

/** Budgets, how figures are made, and what to do when a change is blocked. */
export const gatePage = `${docs}/gate.md`;
