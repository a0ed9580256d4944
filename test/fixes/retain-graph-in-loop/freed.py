# fixes: 1
"""The gradients stay as they were; the graph of a step is gone behind it."""
import torch
import torch.nn as nn

loader = [(values(4, 3, seed=i), values(4, 2, seed=10 + i)) for i in range(4)]


def train(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward(retain_graph=True)
        optimizer.step()
    return loss


def prove(before, after):
    old, new = fill(nn.Linear(3, 2)), fill(nn.Linear(3, 2))
    kept, freed = before.train(old), after.train(new)
    same(list(old.parameters()), list(new.parameters()))
    kept.backward()
    try:
        freed.backward()
    except RuntimeError:
        return
    raise AssertionError("the graph is still there")
