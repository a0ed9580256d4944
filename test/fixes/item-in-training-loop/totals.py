# fixes: 1
"""The totals stay equal and become tensors, which carry no graph."""
import torch
import torch.nn as nn

batches = [(values(4, 3, seed=i), torch.tensor([0, 1, 1, 0])) for i in range(3)]


def criterion(output, target):
    return nn.functional.cross_entropy(output, target)


def train(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    device = torch.device("cpu")
    total, correct, seen = 0.0, 0, 0
    for i, (x, y) in enumerate(loader):
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        out = model(x)
        loss = criterion(out, y)
        loss.backward()
        optimizer.step()
        total += loss.item() * x.size(0)
        correct += (out.argmax(1) == y).sum().item()
        seen += y.size(0)
    return total / seen, correct / seen


def prove(before, after):
    old, new = before.train(fill(nn.Linear(3, 2)), batches), after.train(fill(nn.Linear(3, 2)), batches)
    same(list(old), [value.item() for value in new])
    assert all(isinstance(value, float) for value in old)
    assert all(isinstance(value, torch.Tensor) and not value.requires_grad for value in new)
