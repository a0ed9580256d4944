# fixes: 1
"""Training does not depend on waiting; torch is stood in for, since there need not be a device."""
import torch
import torch.nn as nn

loader = [values(4, 3, seed=i) for i in range(3)]


def train(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x in loader:
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()
        torch.cuda.synchronize()
    return model


def prove(before, after):
    waits, original = [], torch.cuda.synchronize
    torch.cuda.synchronize = lambda: waits.append(1)
    try:
        old = before.train(fill(nn.Linear(3, 2)))
        assert len(waits) == 3
        new = after.train(fill(nn.Linear(3, 2)))
        assert len(waits) == 3
    finally:
        torch.cuda.synchronize = original
    same(list(old.parameters()), list(new.parameters()))
