# fixes: 1
"""Every epoch trains in training mode."""
import torch
import torch.nn as nn

loader = [values(4, 3, seed=i) for i in range(2)]


def fit(model, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    modes = []
    for epoch in range(epochs):
        for x in loader:
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
            modes.append(model.training)
        model.eval()
        with torch.no_grad():
            modes.append(model.training)
    return modes


def prove(before, after):
    assert before.fit(fill(nn.Linear(3, 1)), 2) == [True, True, False, False, False, False]
    assert after.fit(fill(nn.Linear(3, 1)), 2) == [True, True, False, True, True, False]
