# fixes: 2
"""The same numbers, and hooks run."""
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.b = nn.Linear(3, 2)

    def forward(self, x):
        return self.b.forward(self.a.forward(x).relu())


def prove(before, after):
    def run(module):
        net, seen = fill(module.Net()), []
        net.a.register_forward_hook(lambda *_: seen.append("a"))
        net.b.register_forward_hook(lambda *_: seen.append("b"))
        return net(values(4, 3)), seen

    (old, missed), (new, seen) = run(before), run(after)
    same(old, new)
    assert missed == [] and seen == ["a", "b"]
