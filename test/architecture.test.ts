import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

/** Rooms from the floor up. A room may import itself and what it lists, nothing else. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  syntax: ["base", "web-tree-sitter"],
  semantic: ["base", "syntax"],
  graph: ["base"],
  hardware: ["base"],
  torch: ["base", "graph"],
  model: ["base", "syntax", "semantic", "torch", "graph"],
  cost: ["base", "graph", "hardware"],
  report: ["base", "graph", "cost", "sarif"],
  rules: ["base", "syntax", "semantic", "graph", "cost", "hardware", "report"],
  analysis: [
    "base",
    "syntax",
    "semantic",
    "torch",
    "graph",
    "model",
    "hardware",
    "cost",
    "rules",
    "report",
    "smol-toml",
    "zod",
    "ignore",
  ],
  audit: ["base", "analysis", "report", "@google/genai", "zod"],
  gate: ["base", "graph", "model", "cost", "analysis", "report", "ignore", "zod"],
  credentials: ["google-auth-library"],
  host: [
    "base",
    "syntax",
    "semantic",
    "torch",
    "model",
    "rules",
    "analysis",
    "report",
    "ignore",
    "tinyglobby",
  ],
  publish: ["report", "zod"],
  protocol: ["base", "report"],
  lsp: [
    "base",
    "syntax",
    "semantic",
    "graph",
    "model",
    "rules",
    "analysis",
    "audit",
    "report",
    "host",
    "protocol",
    "zod",
    "vscode-languageserver",
  ],
  cli: [
    "base",
    "syntax",
    "semantic",
    "graph",
    "model",
    "hardware",
    "rules",
    "analysis",
    "audit",
    "gate",
    "publish",
    "report",
    "host",
    "commander",
    "picocolors",
    "credentials",
    "undici",
  ],
  action: ["audit", "gate", "publish", "report", "zod"],
};

/** The only rooms that touch the machine. */
const rim = ["audit", "host", "publish", "lsp", "cli", "action"];

interface Edge {
  readonly file: string;
  readonly spec: string;
  readonly from: string;
  readonly to: string;
}

const root = "server/src";

function room(path: string): string {
  return path.split("/")[0] ?? path;
}

function target(file: string, spec: string): string {
  if (spec.startsWith(".")) return room(relative(root, join(root, dirname(file), spec)));
  return /^(?:@[^/]+\/)?[^/]+/.exec(spec)?.[0] ?? spec;
}

/** Every form of import; a `from "x"` inside a string would be a false alarm, never a false pass. */
function specifiers(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:from|import|require)\s*\(?\s*["']([^"'\s$]+)["']/g)].map((m) => m[1] ?? "");
}

function edgesOf(file: string, text: string): readonly Edge[] {
  return specifiers(text).map((spec) => ({ file, spec, from: room(file), to: target(file, spec) }));
}

function allEdges(): readonly Edge[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => edgesOf(file, readFileSync(join(root, file), "utf8")));
}

const isAllowed = (edge: Edge): boolean =>
  edge.from === edge.to ||
  (rooms[edge.from]?.includes(edge.to) ?? false) ||
  (edge.to.startsWith("node:") && rim.includes(edge.from));

const isSibling = (edge: Edge): boolean =>
  /^(?:rules|torch\/ops|hardware\/\w+|cost\/optimizations)\/[a-z]/.test(edge.file) &&
  !edge.file.endsWith(".gen.ts") &&
  edge.from === edge.to &&
  edge.spec.startsWith("./") &&
  !/\/_[a-z-]+\.ts$/.test(edge.spec);

const show = (edges: readonly Edge[]): readonly string[] =>
  edges.map((e) => `${e.file}: ${e.from} must not import ${e.to}`);

test("every form of import is seen", () => {
  const text = `import a from "a"; import type { B } from 'b'; import "c"; export * from "d"; await import("e"); require("f");`;
  assert.deepEqual(specifiers(text), ["a", "b", "c", "d", "e", "f"]);
});

test("planted violations are caught", () => {
  const planted = [
    ...edgesOf("rules/x.ts", `import type { Y } from "../lsp/session.ts"; await import("node:fs");`),
    ...edgesOf("syntax/x.ts", `export { z } from "../semantic/names.ts";`),
  ];
  assert.equal(planted.filter((edge) => !isAllowed(edge)).length, 3);
  assert.ok(edgesOf("rules/x.ts", `import { rule } from "./y.ts";`).every(isSibling));
});

test("no room imports what it may not", () => {
  const edges = allEdges();
  assert.ok(edges.length >= 100, `only ${edges.length} imports seen: the check itself is broken`);
  assert.deepEqual(show(edges.filter((edge) => !isAllowed(edge))), []);
});

test("rules and ops stand alone: they import their room's helpers, never a sibling", () => {
  assert.deepEqual(show(allEdges().filter(isSibling)), []);
});

/** The programs that hand the network to the rooms that may use it; nothing else has it. */
const networked = ["action/main.ts", "cli/gate-notify.ts", "cli/proxied-fetch.ts"];

/** A `fetch(params…)` is a request to the editor, which decides. */
const network =
  /["'](?:node:)?(?:https?|http2|net|tls|dgram|dns(?:\/promises)?|undici)["']|globalThis\.fetch(?!;)|(?<![.\w]|function )fetch\((?!params\b)|new (?:WebSocket|EventSource|XMLHttpRequest)\b/;

test("the network is reached from programs named here alone", () => {
  for (const planted of [
    'import "node:net";',
    "const f = globalThis.fetch,",
    "await fetch(url)",
    "new WebSocket(u)",
  ])
    assert.match(planted, network);
  const reaching = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && network.test(readFileSync(join(root, file), "utf8")))
    .filter((file) => !networked.includes(file));
  assert.deepEqual(reaching, []);
});

test("the client knows the server by its protocol, the report panel by pure code", () => {
  const files = readdirSync("client", { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
  const reached = files.flatMap((file) =>
    specifiers(readFileSync(join("client", file), "utf8"))
      .filter((spec) => spec.startsWith("."))
      .map((spec) => ({ file, path: join("client", dirname(file), spec) }))
      .filter(({ path }) => path.startsWith("server/")),
  );
  const allowed = (file: string, path: string): boolean => {
    const into = room(relative(root, path));
    return (
      into === "protocol" ||
      into === "report" ||
      into === "credentials" ||
      (file.startsWith("webview") && ["cost", "graph", "base"].includes(into))
    );
  };
  assert.ok(reached.length > 0, "no import of the server seen: the check itself is broken");
  assert.deepEqual(
    reached.filter(({ file, path }) => !allowed(file, path)),
    [],
  );
});

test("ARCHITECTURE.md shows this table", () => {
  const text = readFileSync("ARCHITECTURE.md", "utf8");
  for (const [name, imports] of Object.entries(rooms)) {
    const row = new RegExp(`^\\| \`${name}\` \\| ([^|]*)\\|`, "m").exec(text)?.[1];
    assert.ok(row !== undefined, `ARCHITECTURE.md has no row for ${name}`);
    const listed = [...row.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? "");
    assert.deepEqual([...listed].sort(), [...imports].sort(), `the row of ${name}`);
  }
});
