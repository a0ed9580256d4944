import assert from "node:assert/strict";
import { test } from "node:test";
import { sum } from "../server/src/graph/dim.ts";
import { elementCount } from "../server/src/graph/work.ts";
import { estimateWith as estimate } from "./harness/estimate-with.ts";
import { shapes } from "./harness/model-shapes.ts";

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

const geometric = {
  "torch_geometric/__init__.py": "",
  "torch_geometric/template.py": `
from jinja2 import Template

def module_from_template(text):
    return Template(text).render()
`,
  "torch_geometric/inspector.py": `
def type_repr(hint):
    if hint.__module__ == 'typing':
        return repr(hint)
    return hint.__name__
`,
  "torch_geometric/conv.py": `
import inspect
from torch import nn
from .inspector import type_repr
from .template import module_from_template

class Conv(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.hints = [type_repr(p.annotation) for p in inspect.signature(self.message).parameters.values()]
        try:
            type(self).forward = module_from_template('conv').forward
        except Exception:
            self.lin = nn.Linear(8, width)

    def message(self, x: int):
        return self.lin(x)

    def forward(self, x):
        return self.message(x)
`,
};

test("layers of torch_geometric run as they are written, not as they are written anew for TorchScript", () => {
  const program = "from torch_geometric.conv import Conv\nmodel = Conv(4)\n";
  const made = estimate(geometric, program, "float32[2, 8]");
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
        # What code of version 4 asks for is still there.
        assert config.use_return_dict is True and config._name_or_path == ""
        assert config.rope_scaling is config.rope_parameters
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

test("an installed package is read, and nothing that stands in for it", () => {
  const made = estimate(timm, `from timm.layers import DropPath\n${block}`, "float32[1, 3, 32, 32]");
  assert.equal(made.complete, false);
  assert.match(made.notCounted.map(({ why }) => why).join("\n"), /timm/);
});

test("rows that an index groups by torch_scatter have the sizes that its functions give them", () => {
  const program = `
import torch
from torch import nn
from torch_scatter import scatter, scatter_add, scatter_max, scatter_mean, scatter_softmax

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)

    def forward(self, x, index):
        rows, n = x[index], x.shape[0]
        share = scatter_softmax(rows, index, dim=0, dim_size=n) * rows
        largest, places = scatter_max(rows, index, dim=0, dim_size=n)
        out = scatter_add(rows, index, dim=0, dim_size=n) + scatter_mean(rows, index, dim=0, dim_size=n)
        out = out + largest + scatter(share, index, 0, dim_size=n, reduce="mean")
        turned = scatter_add(rows.t(), index, dim_size=n).t()
        return self.fc(out + turned), places, scatter_add(rows, torch.tensor([0, 4] * 10), dim=0)

model = Net()
model(torch.randn(6, 8), torch.randint(0, 6, (20,)))
`;
  const made = estimate({}, program, "float32[6, 8]; int64[20]");
  assert.deepEqual(made.notCounted, []);
  assert.deepEqual(shapes(made.output), [
    [6, 4],
    [6, 8],
    [5, 8],
  ]);
  assert.equal(sum(made.graph.ops.map((op) => op.work.macs)), 6 * 8 * 4);
});
