# fixes: 1
"""The model stays where it was before, and learns after."""
import torch
import torch.nn as nn


def train(model, x):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        model(x).pow(2).mean().backward()
        optimizer.zero_grad()
        optimizer.step()
    return model(x).pow(2).mean().item()


def prove(before, after):
    def losses(run):
        model = fill(nn.Linear(3, 1))
        x = values(4, 3)
        return model(x).pow(2).mean().item(), run(model, x)

    start, stuck = losses(before.train)
    assert start == stuck
    start, learned = losses(after.train)
    assert learned < 0.9 * start
