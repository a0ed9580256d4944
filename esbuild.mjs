// Bundles what is shipped: `node esbuild.mjs [--dev] [--watch]`. Release by default; `--dev` keeps names and maps.
import { context } from "esbuild";

const dev = process.argv.includes("--dev");
const watch = process.argv.includes("--watch");

/** The parser's WASM goes into the bundle, so that nothing has to be located at run time. */
const embedParser = {
  name: "embed-parser",
  setup(build) {
    build.onLoad({ filter: /[\\/]parser-binaries\.ts$/ }, () => ({
      loader: "js",
      resolveDir: import.meta.dirname,
      contents: [
        'import runtime from "web-tree-sitter/web-tree-sitter.wasm";',
        'import python from "tree-sitter-python/tree-sitter-python.wasm";',
        "export const parserBinaries = () => ({ runtime, python });",
      ].join("\n"),
    }));
  },
};

const shared = {
  bundle: true,
  minify: !dev,
  sourcemap: dev ? "linked" : false,
  legalComments: "none",
  logLevel: "warning",
  loader: { ".wasm": "binary", ".py": "text" },
  plugins: [embedParser],
};

const node = { ...shared, platform: "node", target: "node20" };

/** CommonJS has no `import.meta.url`, which libraries written as modules ask for. */
const commonJs = {
  ...node,
  format: "cjs",
  define: { "import.meta.url": "moduleUrl" },
  banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
};

/** Libraries written as CommonJS ask a module for `require`. */
const ecmaScript = {
  ...node,
  format: "esm",
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
};

const bundles = [
  { ...commonJs, entryPoints: ["client/src/extension.ts"], outfile: "dist/extension.cjs", external: ["vscode"] },
  { ...commonJs, entryPoints: ["server/src/lsp/main.ts"], outfile: "dist/server.cjs" },
  { ...ecmaScript, entryPoints: ["server/src/cli/main.ts"], outfile: "dist/cli.js" },
  {
    ...shared,
    entryPoints: ["client/webview/report-panel.ts", "client/webview/report-panel.css"],
    outdir: "dist",
    platform: "browser",
    format: "iife",
    target: "es2022",
  },
];

const contexts = await Promise.all(bundles.map((options) => context(options)));
if (watch) {
  await Promise.all(contexts.map((bundle) => bundle.watch()));
} else {
  await Promise.all(contexts.map((bundle) => bundle.rebuild()));
  await Promise.all(contexts.map((bundle) => bundle.dispose()));
}
