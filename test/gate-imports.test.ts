import assert from "node:assert/strict";
import { test } from "node:test";
import { allowanceAt, withoutReason } from "../server/src/gate/allow-cost.ts";
import { createClosures } from "../server/src/gate/closure.ts";
import { scanText } from "../server/src/gate/scan.ts";

const importsOf = (text: string): readonly string[] => [...scanText(text).imports].sort();

test("imports are found wherever they stand", () => {
  assert.deepEqual(importsOf("import a.b, c as d\n"), ["a.b", "c"]);
  assert.deepEqual(importsOf("x = 1; import a\nif x: import b\n"), ["a", "b"]);
  assert.deepEqual(importsOf("from a import b, c as d  # e\n"), ["a", "a.b", "a.c"]);
  assert.deepEqual(importsOf("from . import a\nfrom .. b import c\n"), [".", "..b", "..b.c", ".a"]);
  assert.deepEqual(importsOf("from a import (\n    b,  # c (e)\n    d,\n)\n"), ["a", "a.b", "a.d"]);
  assert.deepEqual(importsOf("from a \\\n    import b\n"), ["a", "a.b"]);
  assert.deepEqual(importsOf("def f():\n\tfrom a import *\n"), ["a"]);
  assert.deepEqual(importsOf("importlib.import_module('a.b')\n"), ["a.b"]);
  assert.deepEqual(importsOf("importlib.import_module(f'archs.{name}')\n"), [".*"]);
  assert.deepEqual(importsOf("important = 1\nfromage = 2\n"), []);
});

function closureOf(files: Readonly<Record<string, string>>, path: string): readonly string[] {
  const scans = new Map(Object.entries(files).map(([name, text]) => [name, scanText(text)]));
  const closures = createClosures({
    has: (name) => name in files,
    below: (folder) => Object.keys(files).filter((name) => name.startsWith(`${folder}/`)),
    scanOf: (name) => scans.get(name),
  });
  return [...closures(path)].sort();
}

test("an import by a name that is computed may be of any module in the folder", () => {
  const files = {
    "app/archs/__init__.py": "for n in names: import_module(f'app.archs.{n}')\n",
    "app/archs/a.py": "import app.sizes\n",
    "app/sizes.py": "",
    "app/other.py": "",
    "net.py": "import app.archs\n",
  };
  assert.deepEqual(closureOf(files, "net.py"), [
    "app/archs/__init__.py",
    "app/archs/a.py",
    "app/sizes.py",
    "net.py",
  ]);
});

test("a file depends on what it imports, the packages on the way, and what those import", () => {
  const files = {
    "app/__init__.py": "from app.base import x",
    "app/base.py": "",
    "app/net.py": "from .layers.gate import Gate\n",
    "app/layers/__init__.py": "",
    "app/layers/gate.py": "from ..sizes import WIDTH\nimport torch\n",
    "app/sizes.py": "",
    "app/other.py": "",
    "torch.txt": "",
  };
  assert.deepEqual(closureOf(files, "app/net.py"), [
    "app/__init__.py",
    "app/base.py",
    "app/layers/__init__.py",
    "app/layers/gate.py",
    "app/net.py",
    "app/sizes.py",
  ]);
});

test("absolute imports start at the root, at src, in any folder above, and beside the program", () => {
  const text = "import helpers\n";
  assert.deepEqual(closureOf({ "a/b/net.py": text, "helpers.py": "" }, "a/b/net.py").at(-1), "helpers.py");
  assert.deepEqual(
    closureOf({ "a/b/net.py": text, "a/helpers.py": "" }, "a/b/net.py").at(-1),
    "a/helpers.py",
  );
  assert.deepEqual(closureOf({ "a.py": text, "src/helpers.py": "" }, "a.py").at(-1), "src/helpers.py");
  const program = { "run/main.py": "import lib.net\n", "lib/net.py": text, "run/helpers.py": "" };
  assert.deepEqual(closureOf(program, "run/main.py"), ["lib/net.py", "run/helpers.py", "run/main.py"]);
});

test("imports in a circle, and of what is not there, end", () => {
  const files = { "a.py": "import b, missing\nfrom .... import x\n", "b.py": "import a\n" };
  assert.deepEqual(closureOf(files, "a.py"), ["a.py", "b.py"]);
});

test("settings that a file names are among what it depends on", () => {
  const files = { "a/net.py": 'open("config/net.yaml")\n', "config/net.yaml": "", "net.yaml": "" };
  assert.deepEqual(closureOf(files, "a/net.py"), ["a/net.py", "config/net.yaml"]);
});

test("a text that was made to be slow is scanned in no time", () => {
  const many = (text: string): string => text.repeat(Math.ceil(500_000 / text.length));
  for (const text of [
    `from a${many(" ")}x`,
    `from ${many(".")} x`,
    `from ${many(" ")}`,
    many("from a import (\n"),
    many("import a,"),
    `"${many("a.json")}`,
    many('"a.'),
    many(";"),
    many("\\\n"),
    `# ecocompute:${many(" ")}`,
  ]) {
    const start = process.cpuUsage();
    scanText(text);
    allowanceAt(text, 1);
    withoutReason(text);
    const { user } = process.cpuUsage(start);
    assert.ok(user < 1e6, `${user / 1e6} s for ${JSON.stringify(text.slice(0, 20))}`);
  }
});
