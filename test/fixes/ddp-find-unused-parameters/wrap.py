# fixes: 1
"""One process of a group computes the same with and without the flag."""
import os
import tempfile

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP

if not dist.is_initialized():
    dist.init_process_group("gloo", init_method=f"file://{tempfile.mkdtemp()}/group", rank=0, world_size=1)


def wrap(model):
    return DDP(model, find_unused_parameters=True)


def outputs():
    model = wrap(fill(torch.nn.Linear(3, 2)))
    model(values(4, 3)).square().mean().backward()
    return [each.grad for each in model.parameters()]
