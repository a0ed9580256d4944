"""Numbers that only the run knows: what is computed with them has a known shape all the same."""
import math
import random
import time

import numpy as np
import torch
import torch.autograd.profiler as prof
from torch import nn


def net(forward):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)

    Net.forward = forward
    return Net()


def scaled():
    def forward(self, x):
        s = random.uniform(0.5, 2)
        return self.fc(x * s) + s / 2 - math.sqrt(s) ** 2

    return net(forward)


def item_normalized():
    def forward(self, x):
        peak = x.abs().max().item()
        mean = float(x.mean())
        return self.fc((x - mean) / (peak + 1e-6)).clamp(min=-peak, max=peak)

    return net(forward)


def augmented():
    def forward(self, x):
        angle = torch.empty(1).uniform_(-3, 3).item()
        theta = torch.tensor([[math.cos(angle), -math.sin(angle), 0.0], [math.sin(angle), math.cos(angle), random.random()]])
        grid = nn.functional.affine_grid(theta[None], [1, 1, 2, 8], align_corners=False)
        return self.fc(x) + grid.sum()

    return net(forward)


def blurred():
    def forward(self, x):
        sigma = random.uniform(0.1, 2.0)
        half = 1.0
        pts = torch.linspace(-half, half, steps=3)
        k = torch.exp(-0.5 * (pts / sigma).pow(2))
        k = (k / k.sum())[None, None]
        return self.fc(nn.functional.conv1d(x[:, None], k, padding=1)[:, 0])

    return net(forward)


def profiled():
    def forward(self, x):
        start = time.time()
        with prof.record_function("fc"):
            y = self.fc(x)
        with torch.profiler.record_function("again"):
            y = self.fc(y)
        self.took = f"{time.time() - start:.3f}"
        return y

    return net(forward)


def loss_beside():
    def forward(self, x):
        y = self.fc(x)
        loss = (y ** 2).mean()
        return y, loss.item()

    return net(forward)


def whole_numbers():
    def forward(self, x):
        k = int(x.sum().item())
        n = random.randint(1, 5)
        mask = torch.full((2, 8), n) > k
        return self.fc(x).masked_fill(mask, k) + torch.zeros(2, 8).fill_(n * k)

    return net(forward)


def dtype_kept():
    def forward(self, x):
        k = torch.arange(8).max().item() * random.randint(1, 3)
        idx = torch.arange(8) * k % 8
        return self.fc(x)[:, idx]

    return net(forward)


def noisy():
    def forward(self, x):
        return self.fc(x + torch.randn_like(x) * np.random.uniform(0, 1) * (random.random() > 0.5))

    return net(forward)


def slope_by_chance():
    width = random.randint(8, 9)

    def forward(self, x):
        return self.fc(x)[:, :width] if random.random() < 0.5 else x

    return net(forward)


def sized_by_item():
    return net(lambda self, x: self.fc(x).new_zeros(int(x.sum().item()) + 3))


def x():
    return [torch.zeros(2, 8)]
MODELS = {f.__name__ + "()": (f, x) for f in (scaled, item_normalized, augmented, blurred, profiled, loss_beside, whole_numbers, dtype_kept, noisy, slope_by_chance, sized_by_item)}
READS_VALUES = True
