# fixes: 1
"""The numbers are the same, and parameters get gradients although no input requires one."""
import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint


def run(block, x):
    return checkpoint(block, x)


def prove(before, after):
    def loss(module):
        block = fill(nn.Linear(3, 2))
        out = module.run(block, values(4, 3))
        return block, out

    (_, old), (block, new) = loss(before), loss(after)
    same(old, new)
    assert not old.requires_grad and new.requires_grad
    new.sum().backward()
    assert block.weight.grad is not None
