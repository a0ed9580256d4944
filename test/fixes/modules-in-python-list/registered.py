# fixes: 3
"""The layers compute the same as before, and are parameters of the module now."""
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3)]
        self.heads = {"a": nn.Linear(3, 2), "b": nn.Linear(3, 2)}
        self.convs = []
        for _ in range(2):
            self.convs.append(nn.Linear(2, 2))

    def forward(self, x, name):
        for layer in self.layers:
            x = layer(x)
        x = self.heads[name](x)
        for conv in self.convs:
            x = conv(x)
        return x


def prove(before, after):
    def net(module):
        torch.manual_seed(0)
        return module.Net()

    old, new, x = net(before), net(after), values(4, 3)
    same([old(x, "a"), old(x, "b")], [new(x, "a"), new(x, "b")])
    assert len(list(old.parameters())) == 0
    assert len(list(new.parameters())) == 12
    assert "heads.b.weight" in new.state_dict() and "convs.1.bias" in new.state_dict()
