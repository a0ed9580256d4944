# fixes: 2
"""The model runs in 16 bits afterwards; the backward pass outside gives the same gradients."""
import torch
import torch.nn as nn
import torch.nn.functional as F

x, y = values(4, 3), torch.tensor([0, 1, 1, 0])
seen = []


def watched(model):
    model.register_forward_hook(lambda module, given, output: seen.append(output.dtype))
    return model


def loss_of(model, criterion):
    output = model(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = criterion(output, y)
    return loss


def update(model, optimizer):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(x).float().square().mean()
        loss.backward()
        optimizer.step()


def prove(before, after):
    model = fill(nn.Linear(3, 2))
    old = before.loss_of(before.watched(model), F.cross_entropy)
    new = after.loss_of(after.watched(model), F.cross_entropy)
    assert before.seen[0] == torch.float32 and after.seen[-1] == torch.bfloat16
    same(old, new.float(), tolerance=0.05)

    def weights(module):
        net = fill(nn.Linear(3, 2))
        module.update(net, torch.optim.SGD(net.parameters(), lr=0.1))
        return net.weight.detach()

    same(weights(before), weights(after))
