# fixes: 2
"""The model is moved once, and momentum lasts from step to step."""
import torch
import torch.nn as nn

device = torch.device("cpu")
loader = [values(4, 3, seed=i) for i in range(4)]


def train(model):
    for x in loader:
        model.to(device)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        optimizer.zero_grad()
        (model(x) ** 2).mean().backward()
        optimizer.step()
    return model


def prove(before, after):
    expected = fill(nn.Linear(3, 2))
    optimizer = torch.optim.SGD(expected.parameters(), lr=0.1, momentum=0.9)
    for x in loader:
        optimizer.zero_grad()
        (expected(x) ** 2).mean().backward()
        optimizer.step()
    same(list(after.train(fill(nn.Linear(3, 2))).parameters()), list(expected.parameters()))
    differ(list(before.train(fill(nn.Linear(3, 2))).parameters()), list(expected.parameters()))
