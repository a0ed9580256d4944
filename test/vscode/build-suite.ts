import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { outputFolder } from "./paths.ts";

const sources = join(import.meta.dirname, "suite");

/** Bundles the suite for the extension host, which loads CommonJS, and says where its entry is. */
export async function buildSuite(): Promise<string> {
  const outdir = join(outputFolder, "suite");
  await build({
    entryPoints: readdirSync(sources)
      .filter((name) => name === "index.ts" || name.endsWith(".suite.ts"))
      .map((name) => join(sources, name)),
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode", "mocha"],
    define: { "import.meta.dirname": "__dirname" },
  });
  return join(outdir, "index.cjs");
}
