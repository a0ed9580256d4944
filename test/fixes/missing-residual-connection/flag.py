# fixes: 2
"""Where the flag is set the input is added; where it is not, shapes differ and nothing changes."""
import torch.nn as nn


class Kept(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.use_residual = a == b
        self.conv1 = nn.Conv2d(a, a, 1)
        self.conv = nn.Conv2d(a, b, 1)

    def forward(self, x):
        identity = x
        out = self.conv1(x)
        return self.conv(out)


class Only(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.use_res_connect = a == b
        self.conv1 = nn.Conv2d(a, a, 1)
        self.conv = nn.Conv2d(a, b, 1)

    def forward(self, x):
        out = self.conv(self.conv1(x))
        return out


def prove(before, after):
    x = values(2, 4, 3, 3)
    for name in ("Kept", "Only"):
        equal = fill(getattr(before, name)(4, 4)), fill(getattr(after, name)(4, 4))
        same(equal[0](x) + x, equal[1](x))
        narrow = fill(getattr(before, name)(4, 6)), fill(getattr(after, name)(4, 6))
        same(narrow[0](x), narrow[1](x))
