import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

/** The sample rules stand in for the real ones, the parser's files for their bytes. */
const sampleRules: Plugin = {
  name: "sample-rules",
  setup(builder) {
    builder.onLoad({ filter: /[\\/]rules[\\/]registry\.gen\.ts$/ }, () => ({
      loader: "ts",
      resolveDir: resolve("test/harness"),
      contents: 'export { rules } from "./sample-rules.ts";',
    }));
    builder.onLoad({ filter: /[\\/]parser-binaries\.ts$/ }, () => ({
      loader: "js",
      resolveDir: resolve("."),
      contents: [
        'import runtime from "web-tree-sitter/web-tree-sitter.wasm";',
        'import python from "tree-sitter-python/tree-sitter-python.wasm";',
        "export const parserBinaries = () => ({ runtime, python });",
      ].join("\n"),
    }));
  },
};

/** Server and command line with the rules of `sample-rules.ts`, in a folder of their own. */
export async function buildWithSampleRules(): Promise<{ readonly server: string; readonly cli: string }> {
  const outdir = mkdtempSync(join(tmpdir(), "ecocompute-variant-"));
  await build({
    entryPoints: { server: "server/src/lsp/main.ts", cli: "server/src/cli/main.ts" },
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    loader: { ".wasm": "binary" },
    logLevel: "error",
    plugins: [sampleRules],
  });
  return { server: join(outdir, "server.mjs"), cli: join(outdir, "cli.mjs") };
}
