# fixes: 2
"""The gradient a step uses is that of its own batch: equal to a fresh backward pass, and not to the sum of all."""
import torch
import torch.nn as nn

batches = [(values(4, 3, seed=i), values(4, 2, seed=10 + i)) for i in range(4)]


def criterion(output, target):
    return ((output - target) ** 2).mean()


class Watched(torch.optim.SGD):
    """Keeps the gradients that each step used, and the weights it found."""

    def __init__(self, parameters, lr):
        self.seen = []
        super().__init__(parameters, lr=lr)

    def step(self, closure=None):
        weights = self.param_groups[0]["params"]
        self.seen.append([(w.detach().clone(), w.grad.clone()) for w in weights])
        return super().step(closure)


def plain(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    return optimizer


def accumulated(model, loader, k):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / k
        loss.backward()
        if (i + 1) % k == 0:
            optimizer.step()
    return optimizer


def fresh(weights, parts):
    """The gradients of `parts` of the data at these weights, by one backward pass of their own."""
    model = nn.Linear(3, 2)
    for own, (weight, _) in zip(model.parameters(), weights):
        own.data.copy_(weight)
    loss = sum(criterion(model(x), y) for x, y in parts) / len(parts)
    return torch.autograd.grad(loss, list(model.parameters()))


def prove(before, after):
    def steps(module, run):
        original = torch.optim.SGD
        torch.optim.SGD = Watched
        try:
            return run(module, fill(nn.Linear(3, 2))).seen
        finally:
            torch.optim.SGD = original

    runs = (
        (lambda module, model: module.plain(model, batches), 1),
        (lambda module, model: module.accumulated(model, batches, 2), 2),
    )
    for run, size in runs:
        parts = [batches[i : i + size] for i in range(0, len(batches), size)]
        cleared, kept = steps(after, run), steps(before, run)
        assert len(cleared) == len(kept) == len(parts)
        for seen, part in zip(cleared, parts):
            same([gradient for _, gradient in seen], list(fresh(seen, part)))
        last = kept[-1]
        differ([gradient for _, gradient in last], list(fresh(last, parts[-1])))
