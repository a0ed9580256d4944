"""What lies between two bounds that one number of chance decides, and what a mask chooses and what it leaves."""
import random

import numpy as np
import torch
from torch import nn


def net(forward, **layers):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            for name, layer in layers.items():
                setattr(self, name, layer)

    Net.forward = forward
    return Net()


def windows_by_chance():
    def forward(self, x):
        start = random.randint(0, x.size(-1) - 4)
        other = np.random.randint(x.size(-1) - 4)
        kept = x[:, start : start + 4] + x[..., other + 1 : 5 + other]
        return self.fc(kept), self.fc(x[:, 2 + start - 2 : start + 4])

    return net(forward, fc=nn.Linear(4, 8))


def windows_that_may_reach_over_the_end():
    def forward(self, x):
        start = random.randint(0, x.size(-1) - 1)
        return self.fc(x[:, start : start + 4].mean(1, keepdim=True)), x[:, start : start + 4]

    return net(forward, fc=nn.Linear(1, 8))


def windows_between_two_chances():
    def forward(self, x):
        start, end = random.randint(0, 2), random.randint(0, 2)
        return x[:, start : end + 4]

    return net(forward)


def windows_counted_from_the_end():
    def forward(self, x):
        start = -random.randint(1, 4)
        return x[:, start : start + 4]

    return net(forward)


def a_side_of_a_negative_chance():
    def forward(self, x):
        return self.wide(x) if -random.random() >= 0 else self.fc(x)

    return net(forward, fc=nn.Linear(8, 8), wide=nn.Linear(8, 16))


def edges_forwards_and_backwards():
    def forward(self, x):
        edges = x.reshape(-1)[:12].argsort().reshape(2, 6) % 2
        weights = x.reshape(-1)[:6].unsqueeze(1)
        ahead = edges[0] < edges[1]
        made = torch.zeros_like(x)
        forwards, backwards = edges[:, ahead], edges[:, ~ahead]
        for which, rows in ((ahead, forwards), (~ahead, backwards)):
            messages = self.fc(torch.cat([x[rows[0]], x[rows[1]], weights[which]], 1))
            made = made.index_add(0, rows[1], messages)
        for which in (ahead, torch.logical_not(ahead)):
            made = made.index_add(0, edges[0][which], torch.cat([x[edges[1, which]][:, 1:], weights[which]], 1))
        return made

    return net(forward, fc=nn.Linear(17, 8))


READS_VALUES = True


MODELS = {
    f"{build.__name__}()": (build, lambda: [torch.ones(2, 8)])
    for build in (
        windows_by_chance,
        windows_that_may_reach_over_the_end,
        windows_between_two_chances,
        windows_counted_from_the_end,
        a_side_of_a_negative_chance,
        edges_forwards_and_backwards,
    )
}
