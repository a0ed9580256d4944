# fixes: 1
"""The values arrive the same; pinning is stood in for, since it needs a device."""
import torch

device = torch.device("cpu")


def move(x):
    return x.pin_memory().to(device, non_blocking=True)


def prove(before, after):
    pinned, original = [], torch.Tensor.pin_memory
    torch.Tensor.pin_memory = lambda self: (pinned.append(1), self.clone())[1]
    try:
        x = values(4, 3)
        same(before.move(x), after.move(x))
    finally:
        torch.Tensor.pin_memory = original
    assert pinned == [1]
