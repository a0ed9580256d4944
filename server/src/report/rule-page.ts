/** Where the pages of the rules stand on the web. */
const base = "https://github.com/ecocompute/ecocompute/blob/main/server/docs/rules";

export const rulePage = (rule: string): string => `${base}/${rule}.md`;
