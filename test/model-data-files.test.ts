import assert from "node:assert/strict";
import { test } from "node:test";
import { createInterpreter, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";
import { NotRead, parseJson, parseYaml } from "../server/src/model/stdlib/data-text.ts";
import type { Value } from "../server/src/model/values.ts";
import { syntax } from "./harness/syntax.ts";

/** `1.0` and `1` stay apart, as they do in Python. */
function plain(value: Value): unknown {
  if (typeof value !== "object") return value;
  if (value.kind === "none") return null;
  if (value.kind === "float") return `float ${value.value}`;
  if (value.kind === "list") return value.items.map(plain);
  if (value.kind === "dict")
    return Object.fromEntries(
      [...value.entries.values()].map((entry) => [String(entry.key), plain(entry.value)]),
    );
  return value.kind;
}

/** What PyYAML's `safe_load` makes of each. */
const yaml: readonly (readonly [text: string, value: unknown])[] = [
  ["nc: 80 # classes\ndepth_multiple: 0.33\n", { nc: 80, depth_multiple: "float 0.33" }],
  ["a: 1e-3\nb: 1.0e-3\nc: -.5\nd: 010x", { a: "1e-3", b: "float 0.001", c: "float -0.5", d: "010x" }],
  [
    "a: yes\nb: Off\nc: ~\nd:\ne: 'no'\nf: \"t\\tx\"",
    { a: true, b: false, c: null, d: null, e: "no", f: "t\tx" },
  ],
  [
    "anchors:\n  - [10,13, 16,30]\n  - [30,61]\n",
    {
      anchors: [
        [10, 13, 16, 30],
        [30, 61],
      ],
    },
  ],
  [
    "backbone:\n  # from, module, args\n  [[-1, 1, Conv, [64, 6]], # 0\n   [-1, 3, nn.Upsample, [None, 2, 'nearest']],\n  ]\nhead: x\n",
    {
      backbone: [
        [-1, 1, "Conv", [64, 6]],
        [-1, 3, "nn.Upsample", ["None", 2, "nearest"]],
      ],
      head: "x",
    },
  ],
  [
    "a:\n- b: 1\n  c: 2\n- b: 3\nd: {e: [1], 'f': g h}\n",
    { a: [{ b: 1, c: 2 }, { b: 3 }], d: { e: [1], f: "g h" } },
  ],
  ["- - 1\n  - 2\n-\n  - 3\n- x#y\n", [[1, 2], [3], "x#y"]],
  ["url: http://a/b#c\npath: a:b\n", { url: "http://a/b#c", path: "a:b" }],
  [
    "a: &x 1\nb: *x\nc: &y\n  d: [1]\n  g: 0\ne:\n  <<: *y\n  g: 2\nh: [2]\n",
    { a: 1, b: 1, c: { d: [1], g: 0 }, e: { d: [1], g: 2 }, h: [2] },
  ],
  ["---\n", null],
];

test("YAML is read as PyYAML reads it", () => {
  for (const [text, value] of yaml) assert.deepEqual(plain(parseYaml(text)), value, text);
});

test("YAML that is not read is not guessed", () => {
  for (const text of [
    "a: *x",
    "a: !!python/tuple [1]",
    "a: |\n  text\n",
    "a: [1, 2\nb: 3",
    "a: 1\n   b: 2\n",
  ])
    assert.throws(() => parseYaml(text), NotRead, text);
});

test("JSON is read", () => {
  const text = '{"a": [1, 1.0, -2e3, true, null], "b\\u0041\\n": {"c": "}, {"}}';
  assert.deepEqual(plain(parseJson(text)), {
    a: [1, "float 1", "float -2000", true, null],
    "bA\n": { c: "}, {" },
  });
  for (const broken of ['{"a": 1', "[1 2]", "{'a' 1}", "[true] x", "[yes]"])
    assert.throws(() => parseJson(broken), NotRead, broken);
});

const head = `
import json, os, pkgutil, yaml
from pathlib import Path
from torch import nn

class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(4, width)
    def forward(self, x):
        return self.fc(x)
`;

const disk = new Map([
  ["/project/pkg/__init__.py", ""],
  [
    "/project/parts/__init__.py",
    "import glob, importlib, os\nSIZES = {}\nfor p in sorted(glob.glob(os.path.dirname(__file__) + '/*_part.py')):\n    importlib.import_module('parts.' + os.path.splitext(os.path.basename(p))[0])\n",
  ],
  ["/project/parts/a_part.py", "from parts import SIZES\nSIZES['a'] = 11\n"],
  ["/project/parts/b_part.py", "from parts import SIZES\n@SIZES.setdefault\nclass B:\n    pass\n"],
  ["/project/parts/inner/c_part.py", ""],
  ["/project/pkg/shape.txt", "4:7\n"],
  ["/project/cfg/net.yaml", "width: 5\n"],
  ["/project/cfg/net.json", '{"width": 6}'],
  ["/project/cfg/net.cfg", "[net]\r\nwidth=5\r\n\r\nname=a\vb\r\n"],
]);
function namesIn(folder: string): readonly string[] | undefined {
  const inside = [...disk.keys()].filter((path) => path.startsWith(`${folder}/`));
  const names = inside.map((path) => /^[^/]*\/?/.exec(path.slice(folder.length + 1))?.[0] ?? "");
  return inside.length === 0 ? undefined : [...new Set(names)].sort();
}

const interpreter = createInterpreter({
  syntax,
  files: { readText: (path) => disk.get(path), isFile: (path) => disk.has(path), list: namesIn },
  roots: ["/project"],
  limits: defaultLimits,
  now: () => 0,
});

function estimate(build: string): ModelEstimate {
  const [made] = estimateModels(interpreter, {
    file: "/project/net.py",
    source: syntax.parse(`${head}\ndef build():\n${build.replace(/^/gm, "    ")}\n`),
    entry: "build()",
    inputs: parseInputSpecs("float32[1, 4]") ?? [],
  });
  assert.ok(made);
  return made;
}

test("a model's sizes come out of the files beside it", () => {
  const widths: Readonly<Record<string, number>> = {
    'with open("cfg/net.yaml") as f:\n    return Net(yaml.safe_load(f)["width"])': 5,
    'return Net(json.load(open(os.path.join(os.path.dirname(__file__), "cfg", "net.json")))["width"])': 6,
    'return Net(json.loads((Path(__file__).parent / "cfg" / "net.json").read_text())["width"])': 6,
    'return Net(int(pkgutil.get_data("pkg", "shape.txt").decode("utf-8").strip().split(":")[1]))': 7,
    "import parts\nreturn Net(parts.SIZES['a'] + len(parts.SIZES))": 13,
    "return Net(len(os.listdir('parts')) + sum(p.is_file() for p in Path('parts').iterdir()))": 7,
    "return Net(len(list(Path('/project/parts').rglob('*_part.py'))) + len([f for _, _, f in os.walk('parts')]))": 5,
    "import glob\nreturn Net(len(glob.glob('/project/parts/**/*.py', recursive=True)))": 4,
    'lines = [x for x in open("cfg/net.cfg").read().split("\\n") if x]\nreturn Net(len(lines) + int(lines[1].split("=")[1]))': 8,
    'return Net(sum(len(line) for line in open("cfg/net.cfg")))': 24,
    'return Net(len(open("cfg/net.cfg", encoding="utf-8").readlines()))': 4,
    'return Net(len(open("cfg/net.cfg", newline="").read()))': 28,
    'return Net(sum(len(line) for line in open("cfg/net.cfg", "rb")))': 28,
    'return Net(len(Path("cfg/net.cfg").read_text()) + len(Path("cfg/net.cfg").open("rb").readline()))': 31,
    "sizes = [3, 9]\nreturn eval('Net')(eval('sizes[1]'))": 9,
  };
  for (const [build, width] of Object.entries(widths)) {
    const made = estimate(build);
    assert.deepEqual([made.notCounted, made.failure], [[], undefined], build);
    assert.deepEqual(made.output?.kind === "tensor" ? made.output.shape : undefined, [1, width], build);
  }
});

test("a file that cannot be found leaves the model unknown", () => {
  for (const build of [
    'with open("cfg/other.yaml") as f:\n    return Net(yaml.safe_load(f)["width"])',
    'return Net(json.load(open("cfg/other.json"))["width"])',
    "return Net(1 + len(os.listdir('elsewhere')))",
    "return Net(4 if os.path.exists('cfg/made.pt') else 5)",
    "import glob\nreturn Net(1 + len(glob.glob('/elsewhere/*.py')))",
    'return Net(8 if os.path.exists("cfg/other.json") else 9)',
  ])
    assert.equal(estimate(build).complete, false, build);
});

test("a file of data that changes or appears is read again, also by a module that is imported", () => {
  const widthOf = (made: ModelEstimate): unknown => made.output?.kind === "tensor" && made.output.shape;
  disk.set("/project/sizes.py", 'import json\nwidth = json.load(open("./cfg/../cfg/sizes.json"))["width"]\n');
  const build = "import sizes\nreturn Net(sizes.width)";
  assert.equal(estimate(build).complete, false);
  assert.equal(interpreter.modules.forgetFiles(new Set(["/project/cfg/other.csv"])), false);
  for (const width of [3, 4]) {
    disk.set("/project/cfg/sizes.json", `{"width": ${width}}`);
    assert.equal(interpreter.modules.forgetFiles(new Set(["/project/cfg/sizes.json"])), true);
    assert.deepEqual(widthOf(estimate(build)), [1, width]);
  }
});
