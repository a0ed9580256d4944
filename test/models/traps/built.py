"""Branches while a model is built that only the run decides: most decide nothing that is counted."""
import random

import torch
from torch import nn
from torch.nn import functional as F

READS_VALUES = True


def net(build, forward):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            build(self)

    Net.forward = forward
    return Net()


def sign_of_a_determinant():
    def build(self):
        w = torch.randn(8, 8)
        if torch.linalg.det(w) < 0:
            w = -w
            self.sign = -1
        else:
            self.sign = 1
        self.w = nn.Parameter(w)

    return net(build, lambda self, x: self.fc(x) @ self.w * self.sign)


def orthogonal(n):
    q, r = torch.linalg.qr(torch.randn(n, n))
    if (torch.diag(r) < 0).any():
        q = q * torch.sign(torch.diag(r))
    if torch.det(q) < 0:
        q[:, 0] = -q[:, 0]
        return q
    return q.clone()


def made_by_a_function():
    def build(self):
        self.q = nn.Parameter(orthogonal(8))

    return net(build, lambda self, x: self.fc(x @ self.q))


def filled_one_way_or_another():
    def init(module):
        if isinstance(module, nn.Linear):
            fill = nn.init.xavier_uniform_
            if random.random() < 0.5:
                nn.init.kaiming_uniform_(module.weight)
                nn.init.constant_(module.bias, 0.1)
            else:
                fill(module.weight)

    def build(self):
        self.apply(init)

    return net(build, lambda self, x: self.fc(x))


def layers_of_one_kind():
    def build(self):
        self.layers = nn.ModuleList()
        for _ in range(3):
            if random.random() < 0.5:
                self.layers.append(nn.Linear(8, 8))
            else:
                self.layers.append(nn.Linear(8, 8))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.fc(x)

    return net(build, forward)


def layers_of_two_widths():
    def build(self):
        self.out = nn.Linear(8, 8) if random.random() < 0.5 else nn.Linear(8, 9)

    return net(build, lambda self, x: self.fc(x))


def layers_of_two_kinds():
    def build(self):
        if random.random() < 0.5:
            self.act = nn.ReLU()
        else:
            self.act = nn.GELU()

    return net(build, lambda self, x: self.act(self.fc(x)))


def tied_by_chance():
    def build(self):
        if random.random() < 0.5:
            self.w = self.fc.weight
        else:
            self.w = nn.Parameter(torch.randn(8, 8))

    return net(build, lambda self, x: self.fc(x) @ self.w)


def shared_by_chance():
    def build(self):
        if random.random() < 0.5:
            self.a = self.b = nn.Linear(8, 8)
        else:
            self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 8)

    return net(build, lambda self, x: self.a(self.b(x)))


def parameters_shared_by_chance():
    def build(self):
        if random.random() < 0.5:
            self.a, self.b = nn.Parameter(torch.randn(8, 8)), nn.Parameter(torch.randn(8, 8))
        else:
            self.a = self.b = nn.Parameter(torch.randn(8, 8))

    return net(build, lambda self, x: x @ self.a @ self.b)


def built_on_one_side():
    def build(self):
        self.proj = None
        if random.random() < 0.5:
            self.proj = nn.Linear(8, 8)

    return net(build, lambda self, x: self.fc(x))


def depth_by_chance():
    def build(self):
        depth = 2
        if random.random() < 0.5:
            depth = 3
        self.layers = nn.Sequential(*[nn.Linear(8, 8) for _ in range(depth)])

    return net(build, lambda self, x: self.layers(x))


def rate_by_chance():
    def build(self):
        rate = 0.1
        if random.random() < 0.5:
            rate = 0.2
        self.drop = nn.Dropout(rate)

    return net(build, lambda self, x: F.relu(self.drop(self.fc(x))))


def frozen_by_chance():
    def build(self):
        if random.random() < 0.5:
            self.fc.weight.requires_grad_(False)

    return net(build, lambda self, x: self.fc(x))


def mask_that_is_never_empty():
    def build(self):
        mask = (torch.rand(8, 8) > 0.5).float()
        if mask.sum() == 0:
            mask = torch.ones(8, 8)
        self.register_buffer("mask", mask)

    return net(build, lambda self, x: F.linear(x, self.fc.weight * self.mask))


MODELS = {
    f"{name}()": (made, lambda: [torch.randn(4, 8)])
    for name, made in list(globals().items())
    if callable(made) and getattr(made, "__module__", "") == __name__ and name not in ("net", "orthogonal")
}
