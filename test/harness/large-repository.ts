import { type TestRepository, testRepository } from "./git-repository.ts";

const folders = 30;
const perFolder = 100;
const modelsPerFolder = 10;

const model = (folder: number, index: number): string => `import torch
import torch.nn as nn

from common.layers import Gate
from common.util_${index % 7} import scale
from part_${folder}.helper_${index} import WIDTH


class Model${folder}x${index}(nn.Module):
    def __init__(self, width=WIDTH):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, 4, 4 * width, batch_first=True) for _ in range(4)
        )
        self.gate = ${index === 0 ? "Gate(width)" : "nn.Linear(width, width)"}

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return scale(self.gate(x))


Model${folder}x${index}()(torch.randn(2, 128, ${128 + 32 * (index % 4)}))
`;

const helper = (folder: number, index: number): string =>
  [
    `"""Helpers of part ${folder}."""`,
    "import json",
    "import os",
    `from common.util_${index % 7} import scale`,
    ...(index % 10 === 0 ? [] : [`from part_${folder}.helper_${index - 1} import name_${index - 1}`]),
    `WIDTH = ${128 + 32 * (index % 4)}`,
    ...Array.from({ length: 40 }, (_, i) => `\n\ndef step_${i}(value):\n    return scale(value) + ${i}`),
    `\n\ndef name_${index}():\n    return json.dumps({"cwd": os.getcwd()})`,
    "",
  ].join("\n");

/** A repository of 3,000 Python files, of which 300 define models; every tenth model uses one layer of theirs. */
export function largeRepository(): TestRepository {
  const files: Record<string, string> = {
    "common/__init__.py": "",
    "common/layers.py":
      "import torch.nn as nn\n\n\nclass Gate(nn.Module):\n    def __init__(self, width):\n        super().__init__()\n        self.inner = nn.Linear(width, width)\n\n    def forward(self, x):\n        return x * self.inner(x).sigmoid()\n",
    "ecocompute.toml": "[gate]\nbudget_threshold = 1000\n",
  };
  for (let i = 0; i < 7; i++) files[`common/util_${i}.py`] = `def scale(x):\n    return x * ${i + 1}\n`;
  for (let folder = 0; folder < folders; folder++)
    for (let index = 0; index < perFolder; index++) {
      const name = index < modelsPerFolder ? `model_${index}` : `helper_${index - modelsPerFolder}`;
      files[`part_${folder}/${name}.py`] =
        index < modelsPerFolder ? model(folder, index) : helper(folder, index - modelsPerFolder);
    }
  return testRepository(files);
}
