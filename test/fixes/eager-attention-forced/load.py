# fixes: 2
"""What the library is told otherwise stays."""
import sys
import types


class Model(dict):
    @classmethod
    def from_pretrained(cls, name, **options):
        return cls(name=name, **options)


transformers = types.ModuleType("transformers")
transformers.AutoModel = Model
sys.modules["transformers"] = transformers

import torch
from transformers import AutoModel

eager = AutoModel.from_pretrained("org/model", attn_implementation="eager", revision="main")
asking = AutoModel.from_pretrained("org/model", output_attentions=True, revision="main")


def prove(before, after):
    assert after.eager == {**before.eager, "attn_implementation": "sdpa"}
    assert after.asking == {"name": "org/model", "revision": "main"}
    assert torch.is_tensor(values(1))
