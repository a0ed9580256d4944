# fixes: 2
"""The library is told the type, and everything else it is told stays."""
import sys
import types


class Model(dict):
    @classmethod
    def from_pretrained(cls, name, **options):
        return cls(name=name, **options)


for library, maker in (("transformers", "AutoModelForCausalLM"), ("diffusers", "StableDiffusionPipeline")):
    stand_in = types.ModuleType(library)
    setattr(stand_in, maker, Model)
    sys.modules[library] = stand_in

import torch
from diffusers import StableDiffusionPipeline
from transformers import AutoModelForCausalLM

text = AutoModelForCausalLM.from_pretrained("org/large-7b", trust_remote_code=False)
images = StableDiffusionPipeline.from_pretrained("org/diffusion")
device = "cuda" if torch.cuda.is_available() else "cpu"


def prove(before, after):
    assert after.text == {**before.text, "torch_dtype": "auto"}
    assert after.images == {**before.images, "torch_dtype": getattr(torch, "float" + str(16))}
