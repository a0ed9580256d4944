// Bundles what is shipped: `node esbuild.mjs [--dev] [--watch]`. Release by default; `--dev` keeps names and maps.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { context } from "esbuild";

const dev = process.argv.includes("--dev");
const watch = process.argv.includes("--watch");

const parserFiles = {
  runtime: "web-tree-sitter/web-tree-sitter.wasm",
  python: "tree-sitter-python/tree-sitter-python.wasm",
};

const parserFrom = (contents) => ({
  name: "parser-from",
  setup(build) {
    build.onLoad({ filter: /[\\/]parser-binaries\.ts$/ }, () => ({
      loader: "js",
      resolveDir: import.meta.dirname,
      contents,
    }));
  },
});

/** The command line is one file, so that nothing has to be located at run time. */
const embeddedParser = parserFrom(`
  import runtime from "${parserFiles.runtime}";
  import python from "${parserFiles.python}";
  export const parserBinaries = () => ({ runtime, python });
`);

/** The editor's processes share the files beside them: a megabyte of text less to read through at each start. */
const parserBeside = parserFrom(`
  import { readFileSync } from "node:fs";
  const read = (name) => readFileSync(new URL(name, import.meta.url));
  export const parserBinaries = () => ({
    runtime: read("./${basename(parserFiles.runtime)}"),
    python: read("./${basename(parserFiles.python)}"),
  });
`);

/** Only audits with application default credentials need it: a third of the code that the editor reads at each start. */
const googleAuth = "google-auth-library";
const googleAuthBeside = {
  name: "google-auth-beside",
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${googleAuth}$`) }, ({ kind }) =>
      kind === "dynamic-import" ? { path: `./${googleAuth}.cjs`, external: true } : undefined,
    );
  },
};

/** What the interpreter starts with has been parsed by the build, where it can lie beside the bundle. */
const packedPrelude = {
  name: "packed-prelude",
  setup(build) {
    build.onLoad({ filter: /[\\/]host[\\/]prelude\.ts$/ }, () => ({
      loader: "js",
      resolveDir: import.meta.dirname,
      contents: `
        import { readPackedPrelude } from "./server/src/host/packed-prelude.ts";
        let prelude;
        export const preludeOf = () => (prelude ??= readPackedPrelude(new URL("./prelude.jsonl", import.meta.url)));
      `,
    }));
  },
};

const shared = {
  bundle: true,
  metafile: true,
  minify: !dev,
  sourcemap: dev ? "linked" : false,
  legalComments: "none",
  logLevel: "warning",
  loader: { ".wasm": "binary", ".py": "text" },
};

const node = { ...shared, platform: "node", target: "node20" };

/** CommonJS has no `import.meta.url`, which libraries written as modules ask for. */
const commonJs = {
  ...node,
  format: "cjs",
  plugins: [parserBeside, packedPrelude],
  define: { "import.meta.url": "moduleUrl" },
  banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
};

/** Libraries written as CommonJS ask a module for `require`. */
const ecmaScript = {
  ...node,
  format: "esm",
  plugins: [embeddedParser],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
};

const bundles = [
  {
    ...commonJs,
    entryPoints: ["client/src/extension.ts"],
    outfile: "dist/extension.cjs",
    external: ["vscode"],
    plugins: [...commonJs.plugins, googleAuthBeside],
    // The host of extensions knows `require` for sure.
    supported: { "dynamic-import": false },
  },
  { ...commonJs, entryPoints: [googleAuth], outfile: `dist/${googleAuth}.cjs` },
  { ...commonJs, entryPoints: ["server/src/lsp/main.ts"], outfile: "dist/server.cjs" },
  { ...commonJs, entryPoints: ["server/src/host/model-worker.ts"], outfile: "dist/model-worker.cjs" },
  { ...commonJs, entryPoints: ["server/src/lsp/audit-worker.ts"], outfile: "dist/audit-worker.cjs" },
  { ...ecmaScript, entryPoints: ["server/src/cli/main.ts"], outfile: "dist/cli.js" },
  { ...ecmaScript, entryPoints: ["server/src/action/main.ts"], outfile: "dist/action.mjs" },
  {
    ...shared,
    entryPoints: ["client/webview/report-panel.ts", "client/webview/report-panel.css"],
    outdir: "dist",
    platform: "browser",
    format: "iife",
    target: "es2022",
  },
];

/** The licenses of the packages that went into the bundles. */
function notices(inputs) {
  const folders = inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? `License: ${license}` : readFileSync(join(folder, file), "utf8").trim();
    return `${name} ${version}\n\n${text}\n`;
  });
  return `EcoCompute contains the packages below.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

mkdirSync("dist", { recursive: true });
for (const file of Object.values(parserFiles)) copyFileSync(join("node_modules", file), join("dist", basename(file)));
writeFileSync(
  "dist/prelude.jsonl",
  execFileSync(process.execPath, ["--import", "tsx", "server/tools/pack-prelude.ts"], { maxBuffer: Infinity }),
);

const contexts = await Promise.all(bundles.map((options) => context(options)));
if (watch) {
  await Promise.all(contexts.map((bundle) => bundle.watch()));
} else {
  const results = await Promise.all(contexts.map((bundle) => bundle.rebuild()));
  await Promise.all(contexts.map((bundle) => bundle.dispose()));
  writeFileSync("dist/THIRD-PARTY-NOTICES.txt", notices(results.flatMap(({ metafile }) => Object.keys(metafile.inputs))));
}
