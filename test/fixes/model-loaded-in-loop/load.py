# fixes: 1
"""The same outputs, with one load."""
import sys
import types


class Model:
    loads = 0

    @classmethod
    def from_pretrained(cls, name):
        cls.loads += 1
        return cls()

    def describe(self, x):
        return x * 2


transformers = types.ModuleType("transformers")
transformers.AutoModel = Model
sys.modules["transformers"] = transformers

import torch
from transformers import AutoModel


def run(texts, name):
    found = []
    for text in texts:
        model = AutoModel.from_pretrained(name)
        found.append(model.describe(text))
    return found


def prove(before, after):
    texts = [values(3, seed=i) for i in range(4)]
    same(before.run(texts, "org/model"), after.run(texts, "org/model"))
    assert torch.is_tensor(texts[0])
    assert (before.Model.loads, after.Model.loads) == (4, 1)
