import { readFileSync } from "node:fs";

export interface RuleSetting {
  readonly id: string;
  /** One sentence on what it finds. */
  readonly summary: string;
  /** What the rule says when it is certain. */
  readonly severity: string;
}

const path = "package.json";
const setting = "ecocompute.rules";

/** The manifest with every rule offered in the setting of severities, so that editors complete and explain them. */
export function generateSettings(rules: readonly RuleSetting[]): readonly (readonly [string, string])[] {
  let found = false;
  const manifest: unknown = JSON.parse(readFileSync(path, "utf8"), (key, value: unknown) => {
    if (key !== setting || typeof value !== "object" || value === null) return value;
    found = true;
    const { additionalProperties, ...rest } = Object.fromEntries(Object.entries(value));
    const properties = rules.map(({ id, summary, severity }) => [
      id,
      { ...additionalProperties, markdownDescription: `${summary} When certain: ${severity}.` },
    ]);
    return { ...rest, properties: Object.fromEntries(properties), additionalProperties };
  });
  if (!found) throw new Error(`${path} has no setting ${setting}`);
  return [[path, `${JSON.stringify(manifest, null, 2)}\n`]];
}
