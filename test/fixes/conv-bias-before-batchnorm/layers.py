# fixes: 5
"""Training outputs stay equal; so do evaluation outputs once the running mean holds the bias."""
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F


def stack(width):
    layers = [nn.Conv2d(width, width, 1), nn.BatchNorm2d(width, momentum=None)]
    return nn.Sequential(*layers)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.BatchNorm2d(8, momentum=None),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 8, 2, stride=2, bias=True),
            nn.BatchNorm2d(8, momentum=None),
        )
        self.stack = stack(8)
        self.conv = nn.Conv2d(8, 4, 3)
        self.bn = nn.BatchNorm2d(4, momentum=None)
        self.head = nn.Sequential(OrderedDict([("fc", nn.Linear(4, 6)), ("norm", nn.BatchNorm1d(6, momentum=None))]))

    def forward(self, x):
        x = self.stack(self.stem(x))
        x = self.conv(x)
        x = F.relu(self.bn(x))
        return self.head(x.mean((2, 3)))


def prove(before, after):
    x = values(4, 3, 6, 6)
    old, new = fill(before.Net()), fill(after.Net())
    gone = set(old.state_dict()) - set(new.state_dict())
    assert gone == {"stem.0.bias", "stem.3.bias", "stack.0.bias", "conv.bias", "head.fc.bias"}, gone
    assert set(new.state_dict()) <= set(old.state_dict())
    same(old(x), new(x), 1e-4)
    same(old.eval()(x), new.eval()(x), 1e-4)
    # The page's way to keep the outputs of an older checkpoint in evaluation mode.
    untrained = fill(before.Net()).eval()
    ported = fill(after.Net()).eval()
    state = untrained.state_dict()
    for bias, norm in (
        ("stem.0", "stem.1"),
        ("stem.3", "stem.4"),
        ("stack.0", "stack.1"),
        ("conv", "bn"),
        ("head.fc", "head.norm"),
    ):
        state[f"{norm}.running_mean"] = state[f"{norm}.running_mean"] - state.pop(f"{bias}.bias")
    ported.load_state_dict(state)
    same(untrained(x), ported(x), 1e-4)
