# fixes: 2
"""The weights end the same; a parameter without a gradient has none instead of zeros."""
import torch
import torch.nn as nn

loader = [(values(4, 3, seed=i), values(4, 2, seed=10 + i)) for i in range(3)]


def train(model, idle):
    optimizer = torch.optim.SGD([*model.parameters(), idle], lr=0.1)
    for x, y in loader:
        optimizer.zero_grad(False)
        ((model(x) - y) ** 2).mean().backward()
        optimizer.step()
    for p in model.parameters():
        p.grad.zero_()
    return model


def prove(before, after):
    def gradient(tensor):
        return getattr(tensor, "grad")

    def run(module):
        idle = torch.zeros(2, requires_grad=True)
        setattr(idle, "grad", torch.zeros(2))
        return module.train(fill(nn.Linear(3, 2)), idle), idle

    (old, kept), (new, dropped) = run(before), run(after)
    same(list(old.parameters()), list(new.parameters()))
    assert gradient(kept) is not None and gradient(dropped) is None
    assert all((gradient(p) == 0).all() for p in old.parameters())
    assert all(gradient(p) is None for p in new.parameters())
