import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Copies files of the repository into an empty folder below `dist`, with a manifest of some of ours; gives its path. */
export function stagePackage(
  name: string,
  files: readonly string[],
  kept: readonly string[],
  own: Readonly<Record<string, unknown>>,
): string {
  const staged = join(root, "dist", name);
  rmSync(staged, { recursive: true, force: true });
  for (const path of files) {
    mkdirSync(join(staged, path, ".."), { recursive: true });
    cpSync(join(root, path), join(staged, path));
  }
  const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (typeof manifest !== "object" || manifest === null) throw new Error("package.json holds no object");
  const fields = new Map<string, unknown>(Object.entries(manifest));
  const held = Object.fromEntries(kept.map((field) => [field, fields.get(field)]));
  writeFileSync(join(staged, "package.json"), `${JSON.stringify({ ...held, ...own }, null, 2)}\n`);
  return staged;
}
