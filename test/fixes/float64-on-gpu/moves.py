# fixes: 2
"""The values are the same within float32."""
import numpy as np
import torch
import torch.nn as nn

device = "cuda" if torch.cuda.is_available() else "cpu"


def model():
    return nn.Linear(3, 2).double().to(device)


def grid():
    return torch.from_numpy(np.linspace(0.0, 1.0, 7)).to(device)


def prove(before, after):
    assert after.model().weight.dtype == torch.float32
    assert after.grid().dtype == torch.float32
    same(before.grid(), after.grid())
    x = values(2, 3)
    same(fill(before.model())(x.double().to(device)), fill(after.model())(x.to(device)))
