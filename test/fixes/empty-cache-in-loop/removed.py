# fixes: 1
"""What is computed does not depend on the cache."""
import torch
import torch.nn as nn

loader = [(values(4, 3, seed=i), values(4, 2, seed=10 + i)) for i in range(4)]


def train(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        torch.cuda.empty_cache()
    return loss


def outputs():
    model = fill(nn.Linear(3, 2))
    return [train(model), *model.parameters()]
