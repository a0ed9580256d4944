# fixes: 2
"""The first step uses the first rate of the schedule."""
import torch
import torch.nn as nn

loader = [values(4, 3, seed=i) for i in range(3)]


def per_epoch(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    rates = []
    for epoch in range(3):
        scheduler.step()  # the next rate
        for x in loader:
            optimizer.zero_grad()
            model(x).sum().backward()
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
    return rates


def per_batch(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    rates = []
    for x in loader:
        optimizer.zero_grad()
        model(x).sum().backward()
        scheduler.step()
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
    return rates


def prove(before, after):
    def rates(run):
        return run(fill(nn.Linear(3, 1)))

    assert rates(before.per_epoch) == [0.5] * 3 + [0.25] * 3 + [0.125] * 3
    assert rates(after.per_epoch) == [1.0] * 3 + [0.5] * 3 + [0.25] * 3
    assert rates(before.per_batch) == [0.5, 0.25, 0.125]
    assert rates(after.per_batch) == [1.0, 0.5, 0.25]
