import assert from "node:assert/strict";
import { test } from "node:test";
import { createInterpreter, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { syntax } from "./harness/syntax.ts";

const main = "/p/main.py";

/** A project whose files can be rewritten, and which of them were read. */
function project(texts: Record<string, string>) {
  const files = new Map(Object.entries(texts).map(([name, text]) => [`/p/${name}.py`, text]));
  const read: string[] = [];
  const interpreter = createInterpreter({
    syntax,
    files: {
      isFile: (path) => files.has(path),
      readText: (path) => {
        read.push(path);
        return files.get(path);
      },
    },
    roots: ["/p"],
    limits: defaultLimits,
    now: () => 0,
  });
  return {
    /** Output features of the model after a file changed, and the files that were read for it. */
    width(changed: Record<string, string>) {
      for (const [name, text] of Object.entries(changed)) files.set(`/p/${name}.py`, text);
      read.length = 0;
      const dropped = interpreter.modules.forgetFiles(
        new Set(Object.keys(changed).map((name) => `/p/${name}.py`)),
      );
      const source = syntax.parse(files.get(main) ?? "");
      const [made] = estimateModels(interpreter, { file: main, source });
      const width = made?.output?.kind === "tensor" ? made.output.shape : made?.notCounted;
      return { width, dropped, read: [...new Set(read)].map((path) => path.slice(3, -3)).sort() };
    },
  };
}

const model = `
import torch
from torch import nn
from layers import Block
import other
model = Block()
model(torch.zeros(1, 4))
`;

test("only what changed and what imports it runs anew", () => {
  const { width } = project({
    main: model,
    layers:
      "from torch import nn\nfrom sizes import width\nclass Block(nn.Linear):\n    def __init__(self):\n        super().__init__(4, width)\n",
    sizes: "width = 8\n",
    other: "import far\nvalue = far.value\n",
    far: "value = 1\n",
  });
  assert.deepEqual(width({}).width, [1, 8]);
  assert.deepEqual(width({}), { width: [1, 8], dropped: false, read: [] });
  assert.deepEqual(width({ sizes: "width = 16\n" }), {
    width: [1, 16],
    dropped: true,
    read: ["layers", "sizes"],
  });
  assert.deepEqual(width({ unrelated: "x = 1\n" }), { width: [1, 16], dropped: false, read: [] });
});

test("a model that a file tries while it is imported is no call of the program", () => {
  const { width } = project({
    main: "import torch\nfrom layers import Block\nmodel = Block()\nmodel(torch.zeros(1, 4))\n",
    layers:
      "import torch\nfrom torch import nn\nclass Block(nn.Linear):\n    def __init__(self):\n        super().__init__(4, found)\nprobe = nn.Linear(4, 8)\nfound = probe(torch.zeros(2, 4)).shape[-1]\n",
  });
  assert.deepEqual(width({}).width, [1, 8]);
  assert.deepEqual(width({}).width, [1, 8]);
});

test("a module that was missing is found once it is there", () => {
  const { width } = project({
    main: model,
    layers:
      "from torch import nn\ntry:\n    from sizes import width\nexcept ImportError:\n    width = 2\nclass Block(nn.Linear):\n    def __init__(self):\n        super().__init__(4, width)\n",
  });
  assert.deepEqual(width({}).width, [1, 2]);
  assert.deepEqual(width({ sizes: "width = 8\n" }).width, [1, 8]);
});

test("a part of a package stays its part where a star gives the package the same name", () => {
  const { width } = project({
    main: "import torch, kit\nmodel = kit.make()\nmodel(torch.zeros(1, 4))\n",
    "kit/__init__": "from .nets import *\nfrom .parts import *\n",
    "kit/config": "def width():\n    return 7\n",
    "kit/parts/__init__":
      "from kit import config\nfrom torch import nn\ndef part():\n    return nn.Linear(4, config.width())\n",
    "kit/nets": "from .parts import part\ndef make():\n    return part()\n",
  });
  assert.deepEqual(width({}).width, [1, 7]);
});

test("folders that a program adds to `sys.path` hold modules", () => {
  const { width } = project({
    main: "import torch, kit\nmodel = kit.make()\nmodel(torch.zeros(1, 4))\n",
    "kit/__init__":
      "try:\n    import parts\nexcept ImportError:\n    import os, sys\n    sys.path.append(os.path.dirname(os.path.abspath(__file__)))\n    sys.path.insert(0, './more')\nfrom parts import make\n",
    "kit/parts": "from torch import nn\nimport sizes\ndef make():\n    return nn.Linear(4, sizes.width)\n",
    "more/sizes": "width = 6\n",
  });
  assert.deepEqual(width({}).width, [1, 6]);
});

test("folders without an `__init__.py` are packages, however deep, for whoever imports what is in them", () => {
  const part = "import torch.nn as nn\nclass Net(nn.Linear):\n    pass\n";
  for (const imported of ["import a.b.c", "a = __import__('a.b.c')"]) {
    const made = project({
      main: `import torch\n${imported}\nimport a.b.d\nnet = a.b.c.Net(2, a.b.d.width)\nnet(torch.ones(1, 2))\n`,
      "a/b/c": part,
      "a/b/d": "width = 5\n",
    }).width({});
    assert.deepEqual(made.width, [1, 5]);
  }
});

test("a star brings whatever a module binds", () => {
  for (const [sizes, wanted] of [
    ["depth, width = 1, 5\n", 5],
    ["(depth, *width), height = (1, 2), 3\nwidth = len(width) + height\n", 4],
    ["depth = width = 7\n", 7],
    ["import os, math as width\nwidth = 6\n", 6],
    ["depth = 1; width = 9\n", 9],
    ["def fill():\n    global width\n    width = 3\nfill()\n", 3],
  ] as const) {
    const made = project({
      main: "from sizes import *\nimport torch\nmodel = torch.nn.Linear(4, width)\nmodel(torch.zeros(1, 4))\n",
      sizes,
    }).width({});
    assert.deepEqual(made.width, [1, wanted], sizes);
  }
});

test("a star brings nothing that only the body of a function binds", () => {
  const { width } = project({
    main: "import torch\nfrom layers import *\nmodel = torch.nn.Linear(4, depth(4))\nmodel(torch.zeros(1, 4))\n",
    layers: "from sizes import *\n",
    sizes: "def depth(x):\n    torch = other = x\n    return torch\n",
  });
  assert.deepEqual(width({}).width, [1, 4]);
});

test("what a program sets on a module that it has not looked at yet stays set", () => {
  const { width } = project({
    main: "import torch, layers, sizes\nsizes.width = 6\ndel sizes.depth\nmodel = layers.make()\nmodel(torch.zeros(1, 4))\n",
    layers:
      "from torch import nn\nimport sizes\ndef make():\n    return nn.Linear(4, sizes.width + hasattr(sizes, 'depth'))\n",
    sizes: "width = 8\ndepth = 2\n",
  });
  assert.deepEqual(width({}).width, [1, 6]);
});

const circle = {
  "kit/__init__": "from .first import *\nfrom .second import *\n",
  "kit/first":
    "from torch import nn\nclass Wide(nn.Linear):\n    def __init__(self):\n        super().__init__(4, 9)\n",
  "kit/second": "from kit import Wide\ndef make():\n    return Wide()\n",
};
const call = "import torch\nmodel(torch.zeros(1, 4))\n";

for (const from of ["from kit import Wide\nmodel = Wide()", "from kit.second import make\nmodel = make()"])
  test(`a name that two modules have of each other through a star is the one that was made: ${from}`, () => {
    const { width } = project({ ...circle, main: `${from}\n${call}` });
    assert.deepEqual(width({}).width, [1, 9]);
  });

const handed = {
  "kit/__init__": "from .base import Wide\nfrom .parts import *\n",
  "kit/base":
    "from torch import nn\nclass Wide(nn.Linear):\n    def __init__(self, width=9):\n        super().__init__(4, width)\n",
  "kit/parts/__init__": "from .base import *\nfrom .tall import *\n",
  "kit/parts/base":
    "from kit import Wide\nclass Narrow(Wide):\n    def __init__(self):\n        super().__init__(2)\n",
  "kit/parts/tall": "from kit.parts import Narrow\nclass Tall(Narrow):\n    pass\n",
};

for (const [name, width] of [
  ["Wide", 9],
  ["Narrow", 2],
  ["Tall", 2],
] as const)
  test(`a name that stars hand back to where it comes from is what it was before them: ${name}`, () => {
    const main = `from kit import ${name}\nmodel = ${name}()\n${call}`;
    assert.deepEqual(project({ ...handed, main }).width({}).width, [1, width]);
  });

test("what a star brings under a name of its own stands in for what was there before", () => {
  const other =
    "from torch import nn\nfrom kit.base import Wide as Plain\nclass Wide(Plain):\n    def __init__(self):\n        super().__init__(5)\n";
  const main = `from kit import Wide\nmodel = Wide()\n${call}`;
  const { width } = project({ ...handed, "kit/parts/tall": other, main });
  assert.deepEqual(width({}).width, [1, 5]);
});

const named = {
  "kit/__init__": "from .wide import wide\nfrom .tall import width as size\ndef low(n):\n    return 4\n",
  "kit/wide": "def wide(n):\n    return n\n",
  "kit/tall": "width = 3\ndef tall(n):\n    return n\n",
  "kit/low": "def low(n):\n    return n\n",
};

for (const [name, made] of [
  ["kit.wide", "name(6)"],
  ["kit.tall", "name.tall(6)"],
  ["kit.low", "name.low(6)"],
  ["torch.nn.utils.spectral_norm", "name(nn.Linear(4, 6)).out_features"],
  ["torch.nn.utils.weight_norm", "name(nn.Linear(4, 6)).out_features"],
  ["torch.nn.functional", "name.linear(torch.zeros(1, 4), torch.zeros(6, 4)).shape[1]"],
] as const)
  test(`an import of a module under another name gives what its package calls so: ${name}`, () => {
    for (const use of [
      `import ${name} as name\nmodel = nn.Linear(4, ${made})\n`,
      `def make():\n    import ${name} as name\n    return nn.Linear(4, ${made})\nmodel = make()\n`,
      `try:\n    import ${name} as name\nexcept ImportError:\n    name = None\nmodel = nn.Linear(4, ${made})\n`,
    ]) {
      const main = `import torch\nfrom torch import nn\n${use}model(torch.zeros(1, 4))\n`;
      assert.deepEqual(project({ ...named, main }).width({}).width, [1, 6]);
    }
  });

test("a module without a dot in its name is in no package: the folder of the program is not taken for one", () => {
  const texts = new Map([
    ["/p//__init__.py", "low = None\n"],
    ["/p/low.py", named["kit/low"]],
  ]);
  const interpreter = createInterpreter({
    syntax,
    files: { isFile: (path) => texts.has(path), readText: (path) => texts.get(path) },
    roots: ["/p"],
    limits: defaultLimits,
    now: () => 0,
  });
  const source = syntax.parse(
    `from torch import nn\nimport low as name\nmodel = nn.Linear(4, name.low(6))\n`,
  );
  const [made] = estimateModels(interpreter, { file: main, source });
  assert.deepEqual([made?.isBuilt, interpreter.machine.modules.has("")], [true, false]);
});

for (const ask of ["import_module('fastest')", "__import__('fastest')", "import_module('.fastest', 'kit')"])
  test(`a module that is asked for by its name and is not there is caught where the program does: ${ask}`, () => {
    const main = `import torch\nfrom torch import nn\nfrom importlib import import_module\ntry:\n    size = ${ask}.size\nexcept ImportError:\n    size = 6\nmodel = nn.Linear(4, size)\nmodel(torch.zeros(1, 4))\n`;
    assert.deepEqual(project({ ...named, main }).width({}).width, [1, 6]);
  });

test("relative imports of the file that is read start from its package", () => {
  const texts = new Map([
    ["/p/kit/sizes.py", "width = 7\n"],
    ["/p/kit/parts/block.py", "from ..sizes import width\n"],
  ]);
  const interpreter = createInterpreter({
    syntax,
    files: { isFile: (path) => texts.has(path), readText: (path) => texts.get(path) },
    roots: ["/p/kit/parts", "/p"],
    limits: defaultLimits,
    now: () => 0,
  });
  const text = `from torch import nn\nfrom ..sizes import width\nfrom .block import width as other\nmodel = nn.Linear(width, other)\n${call.replace("4", "7")}`;
  const [made] = estimateModels(interpreter, { file: "/p/kit/parts/net.py", source: syntax.parse(text) });
  assert.deepEqual(made?.notCounted, []);
  assert.deepEqual(made?.graph.parameters[0]?.tensor.meta.shape, [7, 7]);
});

test("what modules register when they are imported is there, also through others and after an edit", () => {
  const { width } = project({
    main: "import torch\nimport zoo\nfrom torch import nn\nmodel = zoo.build('wide')\nmodel(torch.zeros(1, 4))\n",
    "zoo/__init__": "from .registry import build\nfrom . import parts\n",
    "zoo/registry":
      "known = {}\ndef register(name):\n    def put(fn):\n        known[name] = fn\n        return fn\n    return put\ndef build(name):\n    return known[name]()\n",
    "zoo/parts/__init__": "from .wide import make\n",
    "zoo/parts/wide":
      "from torch import nn\nfrom zoo.registry import register\n@register('wide')\ndef make():\n    return nn.Linear(4, 8)\n",
  });
  assert.deepEqual(width({}).width, [1, 8]);
  const wider =
    "from torch import nn\nfrom zoo.registry import register\n@register('wide')\ndef make():\n    return nn.Linear(4, 16)\n";
  assert.deepEqual(width({ "zoo/parts/wide": wider }).width, [1, 16]);
});

const told = {
  "zoo/__init__": "from .base import Base\nfrom .wide import Wide\nfrom .tall import Tall\n",
  "zoo/base":
    "from torch import nn\nclass Base(nn.Linear):\n    known = {}\n    def __init_subclass__(cls):\n        cls.known[cls.__name__] = cls\n",
  "zoo/wide":
    "from .base import Base\nclass Wide(Base):\n    def __init__(self):\n        super().__init__(4, 8)\n",
  "zoo/tall": "from .wide import Wide\nclass Tall(Wide):\n    pass\n",
};
const meta =
  "from torch import nn\nclass Meta(type):\n    known = {}\n    def __new__(meta, name, bases, body):\n        made = super().__new__(meta, name, bases, body)\n        meta.known[name] = made\n        return made\nclass Base(nn.Linear, metaclass=Meta):\n    known = Meta.known\n";
const plain = "from torch import nn\nclass Base(nn.Linear):\n    pass\n";

for (const [name, base, found] of [
  ["__init_subclass__", told["zoo/base"], "Base.known['Tall']"],
  ["a metaclass", meta, "Base.known['Tall']"],
  ["__subclasses__", plain, "[each for each in Base.__subclasses__() if each.__name__ == 'Wide'][0]"],
  ["__subclasses__ of one", plain, "Base.__subclasses__()[0].__subclasses__()[0]"],
  ["__subclasses__ in the program", plain, "(lambda own: Base.__subclasses__()[own])(0)"],
] as const)
  test(`a base knows the classes of modules that were imported, though no name of them was read: ${name}`, () => {
    const main = `import torch\nfrom zoo import Base\nclass Own(Base):\n    pass\nmodel = ${found}()\nmodel(torch.zeros(1, 4))\n`;
    assert.deepEqual(project({ ...told, "zoo/base": base, main }).width({}).width, [1, 8]);
  });

test("a package runs before the part of it that registers with what the package sets up", () => {
  const { width } = project({
    main: "import torch\nfrom zoo.parts.wide import make\nmodel = make()\nmodel(torch.randn(1, 4))\n",
    "zoo/__init__": "from .registry import announce\nannounce('models')\n",
    "zoo/registry":
      "known = {}\ndef announce(kind):\n    known[kind] = []\ndef register(kind):\n    def put(fn):\n        if kind not in known:\n            raise KeyError(kind)\n        known[kind].append(fn)\n        return fn\n    return put\n",
    "zoo/parts/__init__": "",
    "zoo/parts/wide":
      "from torch import nn\nfrom zoo.registry import register\n@register('models')\ndef make():\n    return nn.Linear(4, 8)\n",
  });
  assert.deepEqual(width({}).width, [1, 8]);
});

test("a package fills the registry in a part of it that is imported alone", () => {
  const { width } = project({
    main: "import torch\nfrom zoo.registry import build\nmodel = build('wide')\nmodel(torch.zeros(1, 4))\n",
    "zoo/__init__": "from . import parts\n",
    "zoo/registry":
      "known = {}\ndef register(name):\n    def put(fn):\n        known[name] = fn\n        return fn\n    return put\ndef build(name):\n    return known[name]()\n",
    "zoo/parts/__init__": "from .wide import make\n",
    "zoo/parts/wide":
      "from torch import nn\nfrom ..registry import register\n@register('wide')\ndef make():\n    return nn.Linear(4, 8)\n",
  });
  assert.deepEqual(width({}).width, [1, 8]);
});

const zoo = new Map([
  [
    "/p/zoo/__init__.py",
    "from importlib import import_module\nfrom . import registry\nimport_module('zoo.net')\n",
  ],
  [
    "/p/zoo/registry.py",
    "known = set()\ndef register(cls):\n    assert cls.__name__ not in known\n    known.add(cls.__name__)\n    return cls\n",
  ],
]);
const net =
  "from torch import nn\nfrom zoo.registry import register\n@register\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 8)\n    def forward(self, x):\n        return self.fc(x)\n";

test("a file that its package has imported before registers once, and one that registers twice fails", () => {
  const twice = `${net}@register\n${net.slice(net.indexOf("class"))}`;
  for (const [text, parameters] of [
    [net, 2],
    [twice, 0],
  ] as const) {
    const texts = new Map([...zoo, ["/p/zoo/net.py", text]]);
    const interpreter = createInterpreter({
      syntax,
      files: { isFile: (path) => texts.has(path), readText: (path) => texts.get(path) },
      roots: ["/p/zoo", "/p"],
      limits: defaultLimits,
      now: () => 0,
    });
    const asked = { file: "/p/zoo/net.py", source: syntax.parse(text), entry: "Net()", inputs: [] };
    const [made] = estimateModels(interpreter, asked);
    assert.equal(made?.graph.parameters.length, parameters);
    assert.equal(
      made?.notCounted.some(({ why }) => why.includes("AssertionError")),
      parameters === 0,
    );
    const [offered] = estimateModels(interpreter, { file: asked.file, source: asked.source });
    assert.equal(offered?.entry, parameters === 0 ? undefined : "Net()");
  }
});

test("modules that import each other give what they give in the order of Python", () => {
  const { width } = project({
    main: `
import kinds
import torch
from torch import nn
from first import First
from second import Second
model = nn.Sequential(First(), Second())
model(torch.zeros(1, 4))
`,
    kinds: "from typing import List\nfrom second import Second\nKind = [Second]\n",
    base: `
from torch import nn
from kinds import List
Sizes = List[int]
class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, self.width)
    def forward(self, x):
        return self.fc(x)
`,
    first: "from base import Base\nclass First(Base):\n    width = 4\n",
    second: "from base import Base\nclass Second(Base):\n    width = 9\n",
  });
  assert.deepEqual(width({}).width, [1, 9]);
  assert.deepEqual(
    width({ second: "from base import Base\nclass Second(Base):\n    width = 7\n" }).width,
    [1, 7],
  );
});
