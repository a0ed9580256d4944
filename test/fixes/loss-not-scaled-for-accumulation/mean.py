# fixes: 2
"""A step over k batches is the step of one batch k times as large."""
import torch
import torch.nn as nn

batches = [(values(4, 3, seed=i), values(4, 2, seed=10 + i)) for i in range(4)]


class Plain:
    """Stands in for a scaler that does not scale."""

    def scale(self, loss):
        return loss

    def step(self, optimizer):
        optimizer.step()


def train(model, k):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i, (x, y) in enumerate(batches):
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        if (i + 1) % k == 0:
            optimizer.step()
            optimizer.zero_grad()
    return model


def scaled(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = Plain()
    for i, (x, y) in enumerate(batches):
        loss = ((model(x) - y) ** 2).mean()
        scaler.scale(loss).backward()
        if (i + 1) % 4 == 0:
            scaler.step(optimizer)
            optimizer.zero_grad()
    return model


def prove(before, after):
    expected = fill(nn.Linear(3, 2))
    x, y = (torch.cat(parts) for parts in zip(*batches))
    weights = list(expected.parameters())
    for weight, gradient in zip(weights, torch.autograd.grad(((expected(x) - y) ** 2).mean(), weights)):
        weight.data -= 0.1 * gradient
    for run in (lambda module, model: module.train(model, 4), lambda module, model: module.scaled(model)):
        same(list(run(after, fill(nn.Linear(3, 2))).parameters()), weights)
        differ(list(run(before, fill(nn.Linear(3, 2))).parameters()), weights)
