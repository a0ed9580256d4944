import assert from "node:assert/strict";
import { test } from "node:test";
import { sum } from "../server/src/graph/dim.ts";
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

test("None in an output is None", () => {
  const { output } = estimate(transformers("input_ids"), program);
  assert.ok(output?.kind === "sequence");
  assert.deepEqual(output.items[1], { kind: "other", text: "none" });
});
