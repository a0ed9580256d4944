# fixes: 1
"""The function computes the same without its print."""
import contextlib
import io

import torch

if not hasattr(torch, "compile"):
    torch.compile = lambda function: function


@torch.compile
def step(x):
    print("step", x.shape)
    return x * 2


def outputs():
    with contextlib.redirect_stdout(io.StringIO()):
        return step(values(3, 4))
