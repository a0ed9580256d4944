# fixes: 2
"""The frameworks are told, and everything else they are told stays."""
import sys
import types

for name, maker in (("transformers", "TrainingArguments"), ("pytorch_lightning", "Trainer")):
    stand_in = types.ModuleType(name)
    setattr(stand_in, maker, dict)
    sys.modules[name] = stand_in

import torch
from pytorch_lightning import Trainer
from transformers import TrainingArguments

args = TrainingArguments(learning_rate=0.1)
trainer = Trainer(accelerator="gpu", max_epochs=3)


def prove(before, after):
    assert after.args == {**before.args, "bf16": True}
    assert after.trainer == {**before.trainer, "precision": "bf16-mixed"}
    assert torch.is_tensor(values(1))
