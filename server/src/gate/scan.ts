import * as z from "zod";

/** What a text says of other files, found without parsing it: rather too much than too little. */
const scanSchema = z.object({
  /** Modules that it may import, relative ones with leading dots; `.*` for whatever lies in its folder and below. */
  imports: z.array(z.string()).readonly(),
  /** Settings that it may read: names of files as they are written. */
  data: z.array(z.string()).readonly(),
  /** It may define or build a model. */
  mayHoldModels: z.boolean(),
});
export type Scan = Readonly<z.infer<typeof scanSchema>>;

/** What an import by a name that is computed may mean. */
export const anyBelow = ".*";

const scansSchema = z.record(z.string(), scanSchema);

/** Scans by the hash of their text, as an earlier run kept them; none where they are not that. */
export function keptScans(kept: unknown): ReadonlyMap<string, Scan> {
  const parsed = scansSchema.safeParse(kept);
  return new Map(parsed.success ? Object.entries(parsed.data) : []);
}

const torch = /torch|lightning|transformers|diffusers|timm|einops/;
const model = /\bclass\b|\bnn\.|from_pretrained/;

/**
 * Statements that import, wherever they stand: in functions, in branches, several on a line. What can repeat is bounded
 * or can be matched in one way only: a text that was made to be slow is not.
 */
const fromImport =
  /(?:^|[;:\n])[ \t]*from[ \t]+(\.+[ \t]{0,8}(?:\w[\w.]*)?|\w[\w.]*)[ \t]+import[ \t]+(\([^()]{0,20000}\)|[^\n;#]+)/g;
const plainImport = /(?:^|[;:\n])[ \t]*import[ \t]+([^\n;#]+)/g;
const byComputedName = /\b(?:import_module|__import__)\(\s*(?!["'][.\w]+["'])/;
const byName = /\b(?:import_module|__import__)\(\s*["']([.\w]+)["']/g;
const dataName = /["']([\w./-]+\.(?:json|ya?ml|toml|txt|csv))["']/g;

export function scanText(text: string): Scan {
  // A comment may hold a parenthesis; a `#` in a string before an import on one line does not happen.
  const joined = text.replace(/#[^\n]*/g, "").replace(/\\\r?\n/g, " ");
  const imports = new Set<string>();
  for (const [, from = "", names = ""] of joined.matchAll(fromImport)) {
    const module = from.replace(/[ \t]/g, "");
    imports.add(module);
    // What is imported may be a module itself.
    for (const name of listed(names))
      imports.add(module.endsWith(".") ? `${module}${name}` : `${module}.${name}`);
  }
  for (const [, names = ""] of joined.matchAll(plainImport))
    for (const name of listed(names)) imports.add(name);
  for (const [, name = ""] of joined.matchAll(byName)) imports.add(name);
  if (byComputedName.test(joined)) imports.add(anyBelow);
  return {
    imports: [...imports],
    data: [...new Set([...text.matchAll(dataName)].map(([, name = ""]) => name))],
    mayHoldModels: torch.test(text) && model.test(text),
  };
}

/** `(a, b as c)` -> `a`, `b`. */
const listed = (names: string): readonly string[] =>
  names
    .replace(/[()]/g, "")
    .split(",")
    .flatMap((each) => /^\s*([.\w]+)/.exec(each)?.[1] ?? []);
