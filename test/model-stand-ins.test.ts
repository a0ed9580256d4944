import assert from "node:assert/strict";
import { test } from "node:test";
import { sum } from "../server/src/graph/dim.ts";
import { elementCount } from "../server/src/graph/work.ts";
import { estimateWith as estimate } from "./harness/estimate-with.ts";

const registry = {
  "zoo/__init__.py": "KINDS = {}\ndef kind(cls):\n    KINDS[cls.__name__] = cls\n    return cls\n",
  "zoo/small.py": "from zoo import kind\nfrom torch import nn\n@kind\nclass Small(nn.Linear):\n    pass\n",
  "zoo/large.py": "from zoo import KINDS\nKINDS['Large'] = 9\n",
};

test("a module that only registers what it defines runs when it is imported", () => {
  const text =
    "import zoo, zoo.small, zoo.large\nmodel = zoo.KINDS.get('Small', None)(4, zoo.KINDS['Large'])\n";
  const made = estimate(registry, text, "float32[3, 4]");
  assert.deepEqual([made.notCounted, made.failure], [[], undefined]);
  assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 3 * 4 * 9);
});

test("a star takes the names of the installed module, not those of what stands in for it", () => {
  const files = {
    "timm/__init__.py": "",
    "timm/data/__init__.py": "from .constants import *\n",
    "timm/data/constants.py": "OPENAI_CLIP_MEAN = (0.48, 0.45, 0.40)\n",
  };
  const program =
    "import torch.nn as nn\nfrom timm.data import OPENAI_CLIP_MEAN\nmodel = nn.Linear(8, len(OPENAI_CLIP_MEAN))\n";
  const made = estimate(files, program, "float32[2, 8]");
  assert.deepEqual(made.notCounted, []);
  assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 2 * 8 * 3);
});

const observed = `
import torch
import wandb
from beartype import beartype
from mmcv.runner import BaseModule, auto_fp16
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities import rank_zero_only
from torch import nn
from torch.utils.tensorboard import SummaryWriter
from torchinfo import summary
from tqdm.auto import tqdm
from transformers import BertTokenizer
try:
    from mmcv.ops import DeformConv2d
    wide = True
except ImportError:
    wide = False


class Part(BaseModule):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(8, 16 if wide else width)
        self.register_buffer("scale", torch.ones(1))

    @auto_fp16()
    def forward(self, x):
        return self.fc(x)


class Net(LightningModule):
    @beartype
    def __init__(self, width: int = 4, rounds: int = 2):
        super().__init__()
        self.save_hyperparameters()
        self.part = Part(self.hparams.width)
        self.tokenizer = BertTokenizer.from_pretrained("bert-base-uncased")
        self.writer = SummaryWriter("runs")
        summary(self.part, (1, 8))

    @rank_zero_only
    def report(self, y):
        self.writer.add_histogram("y", y)
        wandb.log({"y": y})

    def forward(self, x):
        rows = tqdm(range(self.hparams["rounds"]), desc="rounds")
        for _ in rows:
            y = self.part(x)
            rows.set_postfix(mean=1)
        self.report(y)
        return y
`;

test("what only looks on, decorates or keeps settings is not needed to count", () => {
  const made = estimate({}, `${observed}\nmodel = Net(width=5)\n`, "float32[2, 8]");
  assert.deepEqual(made.notCounted, []);
  assert.equal(made.failure, undefined);
  assert.equal(elementCount(made.graph.parameters), 9 * 5);
  assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 2 * 2 * 8 * 5);
});

const held = (made: string, imports: string): string => `
${imports}
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 6)
        self.held = ${made}
    def forward(self, x):
        return self.fc(x)
model = Net()
`;

for (const [made, imports] of [
  ['kenlm.Model("text.arpa")', "import kenlm"],
  ["LogisticRegression()", "from cuml import LogisticRegression"],
  ['Chem.MolFromSmiles("CC").GetAtoms()', "from rdkit import Chem"],
  ['AutoConfig.from_pretrained("bert-base-uncased")', "from transformers import AutoConfig"],
] as const)
  test(`${made} holds no parameters`, () => {
    const { notCounted, complete } = estimate({}, held(made, imports), "float32[2, 8]");
    assert.deepEqual([notCounted, complete], [[], true]);
  });

for (const [made, imports] of [
  ["Mamba(8)", "from mamba_ssm import Mamba"],
  ["DenseGATConv(8, 8)", "from torch_geometric.nn import DenseGATConv"],
  ['SomeModel.from_pretrained("name")', "from transformers import SomeModel"],
  ["AtomEncoder(8)", "from ogb.graphproppred.mol_encoder import AtomEncoder"],
  ["kenlm.wrap(self.fc)", "import kenlm"],
] as const)
  test(`${made} may hold parameters`, () => {
    assert.equal(estimate({}, held(made, imports), "float32[2, 8]").complete, false);
  });

test("beartype stands aside where it is installed, and knows its own words", () => {
  const checked = `
from typing import Annotated
import torch
from beartype import beartype
from beartype.door import is_bearable
from beartype.typing import Optional, Tuple
from beartype.vale import Is
from torch import nn
Even = Annotated[int, Is[lambda n: n % 2 == 0]]
class Net(nn.Module):
    @beartype
    def __init__(self, width: Even, heads: Optional[Tuple[int, ...]] = None):
        super().__init__()
        self.fc = nn.Linear(8, width if is_bearable(width, int) else 1)
    def forward(self, x):
        return self.fc(x)
model = Net(6)
`;
  const files = { "beartype/__init__.py": "raise RuntimeError('its own source looks into frames')\n" };
  for (const installed of [{}, files]) {
    const made = estimate(installed, checked, "float32[2, 8]");
    assert.deepEqual([made.notCounted, made.failure], [[], undefined]);
    assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 2 * 8 * 6);
  }
});

for (const [library, decorator] of [
  ["typeguard", "typechecked"],
  ["deprecated", 'deprecated(reason="old")'],
  ["overrides", "override"],
  ["memory_profiler", "profile"],
  ["line_profiler", "profile"],
] as const)
  test(`${library} decorates without being read, installed or not`, () => {
    const program = `
from ${library} import ${decorator.replace(/\(.*/, "")}
from torch import nn
class Net(nn.Linear):
    @${decorator}
    def forward(self, x):
        return super().forward(x)
model = Net(8, 6)
`;
    const made = estimate({ [`${library}.py`]: "raise RuntimeError()\n" }, program, "float32[2, 8]");
    assert.deepEqual([made.notCounted, made.failure], [[], undefined]);
    assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 2 * 8 * 6);
  });

test("what fvcore counts is taken from our own, what else it has from the installed one", () => {
  const program = `
import torch
from fvcore.nn import FlopCountAnalysis
from fvcore.extra import WIDTH
from torch import nn
model = nn.Linear(8, WIDTH)
print(FlopCountAnalysis(model, torch.zeros(2, 8)).total())
`;
  const files = {
    "fvcore/__init__.py": "",
    "fvcore/nn/__init__.py": "raise RuntimeError()\n",
    "fvcore/extra.py": "WIDTH = 6\n",
  };
  const made = estimate(files, program);
  assert.deepEqual([made.notCounted, made.failure, made.inputSource], [[], undefined, "call"]);
  assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 2 * 8 * 6);
});

test("what a logger gives back is not what it was given", () => {
  const made = estimate(
    {},
    `${observed}
from icecream import ic
class Told(Net):
    def forward(self, x):
        return self.part(ic(x))
model = Told()
`,
    "float32[2, 8]",
  );
  assert.equal(made.complete, false);
  assert.match(made.notCounted[0]?.why ?? "", /icecream/);
});

const layersOfApex = `
from apex import amp
from apex.normalization import FusedRMSNorm
from apex.normalization.fused_layer_norm import FusedLayerNorm as BertLayerNorm
from apex.parallel import DistributedDataParallel, convert_syncbn_model
from torch import nn

model = nn.Sequential(nn.Linear(8, 4), BertLayerNorm(4, eps=1e-12), FusedRMSNorm(4), nn.Linear(4, 2))
model = amp.initialize(model, opt_level="O1")
model = DistributedDataParallel(convert_syncbn_model(model))
`;

test("layers of apex hold and compute what those of torch do", () => {
  const made = estimate({}, layersOfApex, "float32[3, 8]");
  assert.deepEqual(made.notCounted, []);
  assert.equal(made.failure, undefined);
  assert.equal(elementCount(made.graph.parameters), 8 * 4 + 4 + (4 + 4) + 4 + (4 * 2 + 2));
  assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 3 * 8 * 4 + 3 * 4 * 2);
});

test("what apex has besides its layers is not known", () => {
  const made = estimate({}, "from apex.contrib import Layer\nmodel = Layer(4)\n", "float32[3, 8]");
  assert.equal(made.complete, false);
});

test("a trace of a module is not modelled, which is no failure of the program", () => {
  const files = {
    "trace.py": [
      "from torch import fx, nn",
      "class Paths(fx.Tracer):",
      "    def __init__(self, *args, **kwargs):",
      "        super().__init__(*args, **kwargs)",
      "        self.seen = {}",
      "class Both(fx.GraphModule):",
      "    def __init__(self, root, graph):",
      "        super().__init__(root, graph)",
      "        self.nodes = [node.name for node in graph.nodes]",
      "def traced(model):",
      "    tracer = Paths()",
      "    graph = tracer.trace(model)",
      "    return Both(tracer.root, graph)",
    ].join("\n"),
  };
  const program = [
    "from torch import nn",
    "from trace import traced",
    "class Net(nn.Module):",
    "    def __init__(self):",
    "        super().__init__()",
    "        self.body = traced(nn.Linear(4, 4))",
    "    def forward(self, x):",
    "        return self.body(x)",
    "model = Net()",
  ].join("\n");
  const made = estimate(files, program, "float32[2, 4]");
  assert.equal(made.failure, undefined);
  assert.match(made.notCounted[0]?.why ?? "", /torch\.fx/);
});
