# fixes: 1
"""The weights after a few steps are the same."""
import torch


def make(model):
    return torch.optim.AdamW(model.parameters(), lr=0.1, foreach=False)


def outputs():
    model = fill(torch.nn.Linear(4, 3))
    optimizer = make(model)
    for i in range(3):
        optimizer.zero_grad()
        model(values(5, 4, seed=i)).square().mean().backward()
        optimizer.step()
    return [each.detach() for each in model.parameters()]
