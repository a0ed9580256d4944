"""Items at positions that only the run knows: alike whichever is taken, or told apart by what is done with them."""
import random

import numpy as np
import torch
from torch import nn
from torch.distributions import Normal, Uniform


def net(forward, **layers):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            for name, layer in layers.items():
                setattr(self, name, layer)

    Net.forward = forward
    return Net()


def rows_of_positions_by_chance():
    relations = [(0, 1, 2), (1, 2, 3), (0, 2, 5)]

    def forward(self, x):
        total = self.fc(x[:, (0, 1, 2)])
        for at in np.random.choice(len(relations), 2, replace=False):
            total = total + self.fc(x[:, relations[at]])
        return total

    return net(forward, fc=nn.Linear(3, 4))


def rows_of_other_lengths():
    relations = [(0, 1, 2), (1, 2)]

    def forward(self, x):
        return x[:, relations[np.random.choice(len(relations))]]

    return net(forward)


def sizes_alike():
    sizes = [(2, 8, "a"), (2, 8, "a")]

    def forward(self, x):
        rows, columns, name = sizes[random.randrange(2)]
        return getattr(self, name)(x.new_ones(rows, columns))

    return net(forward, a=nn.Linear(8, 4))


def names_of_other_layers():
    names = ["a", "b"]

    def forward(self, x):
        return getattr(self, names[random.randrange(2)])(x)

    return net(forward, a=nn.Linear(8, 4), b=nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 4)))


def lists_that_are_added_to():
    taken = [[0], [0]]

    def forward(self, x):
        taken[random.randrange(2)].append(1)
        return x[:, taken[0]]

    return net(forward)


def lists_that_one_name_adds_to():
    taken = {"a": [0], "b": [0]}

    def forward(self, x):
        row = list(taken.values())[random.randrange(2)]
        row += [1]
        return x[:, taken["a"] + taken["b"]]

    return net(forward)


def settings_that_are_changed():
    options = [{"width": 8}, {"width": 8}]

    def forward(self, x):
        random.choice(options)["width"] = 4
        return x[:, : options[0]["width"]]

    return net(forward)


def chosen_pairs():
    pairs = [(0, 3), (1, 4), (2, 5)]

    def forward(self, x):
        first, last = random.choice(pairs)
        picked = random.sample(range(8), 3)
        y = x[:, [first, last] + picked + random.choices([6, 7], k=3)]
        return self.fc(y)

    return net(forward, fc=nn.Linear(8, 4))


def chosen_function():
    def forward(self, x):
        widths = []
        random.choice([lambda: widths.append(1), lambda: None])()
        return self.fc(x) if widths else x

    return net(forward, fc=nn.Linear(8, 4))


def weights_drawn_between_whole_numbers():
    layer = nn.Conv2d(1, 2, 3)
    layer.weight = nn.Parameter(Normal(0, 1).sample(layer.weight.shape))
    layer.bias = nn.Parameter(Uniform(0, 2).sample((2,)))

    def forward(self, x):
        return self.conv(x.reshape(1, 1, 4, 4))

    return net(forward, conv=layer)


READS_VALUES = True

MODELS = {
    f"{build.__name__}()": (build, lambda: [torch.ones(2, 8)])
    for build in (
        rows_of_positions_by_chance,
        rows_of_other_lengths,
        sizes_alike,
        names_of_other_layers,
        lists_that_are_added_to,
        lists_that_one_name_adds_to,
        settings_that_are_changed,
        chosen_pairs,
        chosen_function,
        weights_drawn_between_whole_numbers,
    )
}
