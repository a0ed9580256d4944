# fixes: 2
"""Sums and lists hold the same numbers, without graphs; the weights end the same."""
import torch
import torch.nn as nn

batches = [(values(4, 3, seed=i), values(4, 2, seed=10 + i)) for i in range(4)]


def train(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    total, losses = 0, []
    for x, y in loader:
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        total += loss * 2
        losses.append(loss)
    return total, losses


def prove(before, after):
    old_model, new_model = fill(nn.Linear(3, 2)), fill(nn.Linear(3, 2))
    old_total, old_losses = before.train(old_model, batches)
    new_total, new_losses = after.train(new_model, batches)
    same([old_total, *old_losses, *old_model.parameters()], [new_total, *new_losses, *new_model.parameters()])
    assert old_total.grad_fn is not None and all(loss.grad_fn is not None for loss in old_losses)
    assert new_total.grad_fn is None and all(loss.grad_fn is None for loss in new_losses)
