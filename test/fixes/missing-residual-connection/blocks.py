# fixes: 5
"""The block computes its main path before, and the sum of both paths after."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Returned(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, x):
        identity = x
        out = self.relu(self.conv1(x))
        out = self.conv2(out)
        return self.relu(out)


class Rebound(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        residual = x.clone()
        x = self.conv1(x)
        x = F.relu(x)
        return x


class Forgotten(nn.Module):
    def __init__(self, downsample=None):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1)
        self.relu = nn.ReLU()
        self.downsample = downsample

    def forward(self, x):
        identity = x
        out = self.relu(self.conv1(x))
        out = self.conv2(out)
        out = self.relu(out)
        return out


class NeverCalled(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1)
        self.shortcut = nn.Sequential(nn.Conv2d(4, 6, 1))

    def forward(self, x):
        out = F.relu(self.conv1(x))
        out = self.conv2(out)
        return F.relu(out)


class PreActivation(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.ReLU(), nn.Conv2d(4, 4, 1))

    def forward(self, x):
        shortcut = x
        return self.body(x)


def parts(block, x):
    """The main path and what is to be added to it."""
    name = type(block).__name__
    if name == "Rebound":
        return block.conv1(x), x
    if name == "PreActivation":
        return block.body(x), x
    layer = {"Forgotten": "downsample", "NeverCalled": "shortcut"}.get(name)
    return block.conv2(F.relu(block.conv1(x))), x if layer is None else getattr(block, layer)(x)


def prove(before, after):
    x = values(2, 4, 5, 5)

    def build(module, name):
        block = getattr(module, name)
        return fill(block(nn.Conv2d(4, 6, 1)) if name == "Forgotten" else block())

    for name in ("Returned", "Rebound", "Forgotten", "NeverCalled", "PreActivation"):
        old, new = build(before, name), build(after, name)
        end = (lambda y: y) if name == "PreActivation" else F.relu
        main, skip = parts(old, x)
        same(old(x), end(main))
        same(new(x), end(main + skip))
        differ(old(x), new(x))
    # Without a layer to call, the kept input itself is added.
    plain = after.Forgotten()
    plain.conv2 = nn.Conv2d(6, 4, 3, padding=1)
    same(plain(x), F.relu(plain.conv2(F.relu(plain.conv1(x))) + x))
