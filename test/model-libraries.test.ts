import assert from "node:assert/strict";
import { test } from "node:test";
import { sum } from "../server/src/graph/dim.ts";
import { elementCount } from "../server/src/graph/work.ts";
import { createInterpreter, createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";

const { syntax } = await createSession([], defaultLimits);

/** Estimates `model` of a program beside packages that are given as text by path. */
function estimate(packages: Readonly<Record<string, string>>, program: string, input?: string) {
  const files = new Map(Object.entries(packages).map(([path, text]) => [`/site/${path}`, text]));
  const interpreter = createInterpreter({
    syntax,
    files: {
      readText: (path) => files.get(path),
      isFile: (path) => files.has(path),
    },
    roots: ["/site"],
    limits: defaultLimits,
    now: () => performance.now(),
  });
  const inputs = input === undefined ? undefined : parseInputSpecs(input);
  const [made] = estimateModels(interpreter, {
    file: "/program.py",
    source: syntax.parse(program),
    entry: "model",
    ...(inputs === undefined ? {} : { inputs }),
  });
  assert.ok(made);
  return made;
}

const timm = {
  "timm/__init__.py": "from .models._builder import build\n",
  "timm/models/__init__.py": "",
  "timm/models/_builder.py": `
from torch import nn

def load_pretrained(model):
    raise RuntimeError("there is no network")

def build(width, pretrained=False):
    model = nn.Linear(8, width)
    if pretrained:
        load_pretrained(model)
    return model
`,
};

test("pretrained weights of timm are not needed to count", () => {
  const made = estimate(timm, "import timm\nmodel = timm.build(4, pretrained=True)\n", "float32[2, 8]");
  assert.deepEqual(made.notCounted, []);
  assert.equal(made.failure, undefined);
  assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 2 * 8 * 4);
});

const configuration = `
from ...configuration_utils import PretrainedConfig

class TinyLmConfig(PretrainedConfig):
    model_type = "tiny_lm"

    def __init__(self, width=8, image_size=6, num_channels=2, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.image_size = image_size
        self.num_channels = num_channels
`;
const modeling = `
import torch
from torch import nn
from ...modeling_utils import PreTrainedModel
from ...utils.generic import check_model_inputs
from .configuration_tiny_lm import TinyLmConfig

class TinyLmModel(PreTrainedModel):
    main_input_name = "MAIN"

    def __init__(self, config):
        super().__init__(config)
        self.embed = nn.Embedding(10, config.width)
        self.proj = nn.Linear(config.width, config.width)

    @check_model_inputs
    def forward(self, MAIN=None, attention_mask=None):
        if MAIN is None:
            raise ValueError("You have to specify MAIN")
        return (self.proj(self.embed(MAIN.long())), None)
`;
/** Nothing lists the model's folder but its model type, as happens in releases of transformers. */
const transformers = (main: string) => ({
  "transformers/__init__.py": "",
  "transformers/models/__init__.py": "",
  "transformers/models/auto/__init__.py": "from .modeling_auto import *\n",
  "transformers/models/auto/configuration_auto.py": `
from collections import OrderedDict
CONFIG_MAPPING_NAMES = OrderedDict([
        ("tiny-lm", "TinyLmConfig"),
])
`,
  "transformers/models/auto/modeling_auto.py": `
from collections import OrderedDict
from .auto_factory import _BaseAutoModelClass, _LazyAutoMapping, auto_class_update
from .configuration_auto import CONFIG_MAPPING_NAMES
MODEL_MAPPING_NAMES = OrderedDict([("tiny-lm", "TinyLmModel")])
MODEL_MAPPING = _LazyAutoMapping(CONFIG_MAPPING_NAMES, MODEL_MAPPING_NAMES)

class AutoModel(_BaseAutoModelClass):
    _model_mapping = MODEL_MAPPING

AutoModel = auto_class_update(AutoModel)
`,
  "transformers/models/tiny_lm/__init__.py": "",
  "transformers/models/tiny_lm/configuration_tiny_lm.py": configuration,
  "transformers/models/tiny_lm/modeling_tiny_lm.py": modeling.replaceAll("MAIN", main),
});

const program = `
from transformers import TinyLmConfig, TinyLmModel
from transformers.models.auto.modeling_auto import AutoModel
model = AutoModel.from_config(TinyLmConfig(width=4))
`;

test("a model of transformers is made from its configuration, wherever its folder is listed", () => {
  const made = estimate(transformers("input_ids"), program, "input_ids=int64[2, 5]");
  assert.deepEqual(made.notCounted, []);
  assert.equal(made.name, "TinyLmModel");
  assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 2 * 5 * 4 * 4);
  assert.deepEqual(made.inputSource, "given");
});

test("inputs that nobody says are guessed, and said to be", () => {
  const ids = estimate(transformers("input_ids"), program);
  assert.equal(ids.inputSource, "guess");
  assert.deepEqual(ids.assumptions, ["`input_ids` is taken to be int64[1, 128]"]);
  assert.equal(sum(ids.graph.ops.map((op) => op.work.macs)), 128 * 4 * 4);
  const image = estimate(transformers("pixel_values"), program);
  assert.deepEqual(image.assumptions, ["`pixel_values` is taken to be float32[1, 2, 6, 6]"]);
});

/** As version 5 of transformers writes them: fields, a part for rotary embeddings, masks without positions. */
const version5 = {
  ...transformers("input_ids"),
  "transformers/modeling_rope_utils.py": `
class RotaryEmbeddingConfigMixin:
    default_theta = 10000.0

    def convert_rope_params_to_dict(self, **kwargs):
        given = kwargs.pop("rope_scaling", None) or self.rope_parameters or {}
        given.setdefault("rope_theta", kwargs.pop("rope_theta", self.default_theta))
        self.rope_parameters = given
        return kwargs
`,
  "transformers/models/tiny_lm/configuration_tiny_lm.py": `
from huggingface_hub.dataclasses import strict
from ...configuration_utils import PreTrainedConfig
from ...utils import auto_docstring
from ...utils.type_validators import interval

@auto_docstring(checkpoint="tiny/lm")
@strict
class BaseLmConfig(PreTrainedConfig):
    model_type = "tiny_lm"
    attribute_map = {"hidden_size": "width"}
    width: int = 8
    heads: int | None = None
    sizes: list[int] | tuple[int, ...] = (3, 5)
    scale: float = interval(min=0.0, max=1.0)(default=0.5)
    rope_parameters: dict | None = None
    is_causal: bool = CAUSAL

    def __post_init__(self, **kwargs):
        if self.heads is None:
            self.heads = self.hidden_size // 2
        super().__post_init__(**kwargs)

@strict
class TinyLmConfig(BaseLmConfig):
    tie_word_embeddings: bool = True
`,
  "transformers/models/tiny_lm/modeling_tiny_lm.py": `
import torch
from torch import nn
from ...masking_utils import create_causal_mask
from ...modeling_utils import PreTrainedModel
from ...utils.generic import merge_with_config_defaults
from ...utils.output_capturing import capture_outputs
from .configuration_tiny_lm import TinyLmConfig

class TinyLmModel(PreTrainedModel):
    _supports_sdpa = True
    _tied_weights_keys = {r"(last|middle)\\.weight": "embed.weight"}

    def __init__(self, config):
        super().__init__(config)
        assert config.rope_parameters == {"rope_theta": 500.0}, config.rope_parameters
        assert (config.heads, config.scale, config.sizes) == (2, 0.5, (3, 5))
        assert config.num_labels == 2 and config.unknown_to_version_4 == 7
        self.embed = nn.Embedding(10, config.hidden_size)
        self.last = nn.Linear(config.hidden_size, 10, bias=False)
        self.middle = nn.Linear(config.hidden_size, 10, bias=False)
        self.post_init()

    @merge_with_config_defaults
    @capture_outputs
    def forward(self, input_ids=None, attention_mask=None, **kwargs):
        x = self.embed(input_ids)
        mask = create_causal_mask(
            config=self.config, inputs_embeds=x, attention_mask=attention_mask, past_key_values=None
        )
        whole = create_causal_mask(
            config=self.config, inputs_embeds=x, attention_mask=torch.ones(2, 5), past_key_values=None
        )
        padding = torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]])
        given = create_causal_mask(
            config=self.config, inputs_embeds=x, attention_mask=padding, past_key_values=None
        )
        assert mask is None and whole is None and given.shape == (2, 1, 5, 5), given.shape
        return self.last(x), self.middle(x)
`,
};

for (const causal of ["True", "False"])
  test(`configurations with fields are made, and weights are shared by name: causal ${causal}`, () => {
    const packages = Object.fromEntries(
      Object.entries(version5).map(([path, text]) => [path, text.replace("CAUSAL", causal)]),
    );
    const wanted = program.replace("width=4", "width=4, rope_theta=500.0, unknown_to_version_4=7");
    const made = estimate(packages, wanted, "input_ids=int64[2, 5]");
    assert.deepEqual([made.notCounted, made.failure], [[], undefined]);
    assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 2 * (2 * 5 * 4 * 10));
    assert.equal(elementCount(made.graph.parameters), 10 * 4);
  });

test("None in an output is None", () => {
  const { output } = estimate(transformers("input_ids"), program);
  assert.ok(output?.kind === "sequence");
  assert.deepEqual(output.items[1], { kind: "other", text: "none" });
});

const block = `
from timm.models.layers import DropPath, to_2tuple, trunc_normal_
from timm.models.vision_transformer import Mlp, PatchEmbed
import torch
from easydict import EasyDict
from torch import nn
from yacs.config import CfgNode
settings = CfgNode()
settings.MODEL = CfgNode()
settings.MODEL.DIM = 16
other = settings.clone()
other.MODEL.DIM = 5
widths = EasyDict({"mlp": {"hidden": 32}})
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = PatchEmbed(32, 8, 3, settings.MODEL.DIM)
        self.mlp = Mlp(16, widths.mlp.hidden)
        self.drop = DropPath(0.1)
        self.position = nn.Parameter(torch.zeros(to_2tuple(1) + (16,)))
        trunc_normal_(self.position, std=0.02)
    def forward(self, x):
        x = self.embed(x) + self.position
        return x + self.drop(self.mlp(x))
model = Net()
`;

test("layers of timm and dictionaries of settings are known without the packages, and it is said", () => {
  const made = estimate({}, block, "float32[1, 3, 32, 32]");
  assert.deepEqual(made.notCounted, []);
  assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 16 * (3 * 8 * 8 * 16 + 2 * 16 * 32));
  assert.match(made.assumptions.join("\n"), /timm is not installed here/);
  const missing = estimate(
    {},
    "import timm\nmodel = timm.create_model('resnet18')\n",
    "float32[1, 3, 32, 32]",
  );
  assert.match(missing.notCounted.map(({ why }) => why).join("\n"), /package `timm` was not found/);
});

const settings = `
import torch
from omegaconf import OmegaConf, ListConfig
from torch import nn
from torch._six import container_abcs, string_classes

given = OmegaConf.create({"net": {"width": 6, "hidden": "\${net.width}", "mult": [1, 2], "name": "mlp_\${.width}"}})
merged = OmegaConf.merge(given, {"net": {"width": 5}}, OmegaConf.from_dotlist(["net.depth=2"]))

def pair(x):
    return x if isinstance(x, container_abcs.Iterable) and not isinstance(x, string_classes) else (x, x)

class Net(nn.Module):
    def __init__(self, width, hidden, mult, name, depth):
        super().__init__()
        assert type(mult) == ListConfig and type(width) != ListConfig and name == "mlp_5"
        first, last = pair([4, hidden])
        self.layers = nn.ModuleList([nn.Linear(first, last), *[nn.Linear(width, width) for _ in range(depth)]])
        self.head = nn.Linear(width, OmegaConf.to_container(merged, resolve=True)["net"]["mult"][1])
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x)

model = Net(**merged.net)
`;

test("settings of OmegaConf are known without the package, and what torch once took from six", () => {
  const made = estimate({}, settings, "float32[3, 4]");
  assert.deepEqual([made.notCounted, made.failure], [[], undefined]);
  assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 3 * (4 * 5 + 2 * 5 * 5 + 5 * 2));
});

const byVersion = `
import torch
from torch import nn
from torch.nn import functional as F
width = 3 if hasattr(F, "scaled_dot_product_attention") else 5
norm = getattr(nn, "RMSNorm", nn.LayerNorm)
is_new = int(torch.__version__.split(".")[0]) >= 2
assert torch.__version__ >= "1.5.0" and torch.__version__ > (1, 8) and "1.13" <= torch.__version__ and is_new == (torch.__version__ >= "2.0")
model = nn.Sequential(nn.Linear(4, width), norm(width), nn.Linear(width, 7 if is_new else 9))
`;

for (const [version, sizes] of [
  [undefined, [4 * 3 + 3 * 7, 3 + 3 + 3 * 7 + 7 + 4 * 3]],
  ["1.13.1+cu117", [4 * 5 + 5 * 9, 5 + 5 + 5 + 5 * 9 + 9 + 4 * 5]],
  ["2.1.0", [4 * 3 + 3 * 7, 3 + 3 + 3 + 3 * 7 + 7 + 4 * 3]],
] as const)
  test(`a program that asks which torch it runs on is told of the installed one: ${version}`, () => {
    const files = version === undefined ? {} : { "torch/version.py": `__version__ = '${version}'\n` };
    const made = estimate(files, byVersion, "float32[1, 4]");
    assert.deepEqual([made.notCounted, made.failure], [[], undefined]);
    const macs = sum(made.graph.ops.map((op) => op.work.macs));
    assert.deepEqual([macs, elementCount(made.graph.parameters)], sizes);
  });

const masked = `
from torch import nn
class Net(nn.Linear):
    def forward(self, x):
        return super().forward(x.masked_fill(x, 0.0))
model = Net(8, 6)
`;

for (const [version, message] of [
  [undefined, "RuntimeError: masked_fill only supports boolean masks, but got dtype float32"],
  ["1.13.1", undefined],
  ["2.1.0", "RuntimeError: masked_fill only supports boolean masks, but got dtype float32"],
] as const)
  test(`a mask of floats fills as the installed torch has it: ${version}`, () => {
    const files = version === undefined ? {} : { "torch/version.py": `__version__ = '${version}'\n` };
    assert.equal(estimate(files, masked, "float32[1, 8]").failure?.message, message);
  });

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

test("an installed package is read, and nothing that stands in for it", () => {
  const made = estimate(timm, `from timm.layers import DropPath\n${block}`, "float32[1, 3, 32, 32]");
  assert.equal(made.complete, false);
  assert.match(made.notCounted.map(({ why }) => why).join("\n"), /timm/);
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
