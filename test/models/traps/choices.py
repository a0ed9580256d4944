"""What a mask, or a bound that only the run knows, chooses: products that do not depend on it are counted all the same."""
import random

import attr
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


def small_scales_raised():
    def forward(self, x):
        scale = x.max(1, keepdim=True)[0] - x.min(1, keepdim=True)[0]
        scale[scale < 1e-5] += 1e-5
        return self.fc(x / scale)

    return net(forward, fc=nn.Linear(8, 8))


def rows_changed_where_a_mask_is_true():
    def forward(self, x):
        inside = (x > -1) & (x < 1)
        y = torch.zeros_like(x)
        y[~inside] = x[~inside]
        y[inside] = x[inside].exp() * x[inside] + self.scale[0]
        found = (x > 0).nonzero()
        y[found[:, 0], found[:, 1]] = 2.0
        return self.fc(y)

    model = net(forward, fc=nn.Linear(8, 8))
    model.scale = nn.Parameter(torch.ones(1))
    return model


def padding_behind_lengths():
    def forward(self, x):
        lengths = x.sum(1).long().clamp(1, 8)
        mask = x.new_ones(x.shape)
        for i in range(x.shape[0]):
            mask[i, lengths[i]:] = 0
            n = int(lengths[i])
            mask[i, :n] = x[i, :n] * 2
        means = torch.stack([x[i, : lengths[i]].mean() for i in range(x.shape[0])])
        return self.fc(x * mask), means

    return net(forward, fc=nn.Linear(8, 8))


def products_of_chosen_rows():
    def forward(self, x):
        y = torch.zeros_like(x)
        chosen = x[:, 0] > 0
        y[chosen] = self.fc(x[chosen])
        return y

    return net(forward, fc=nn.Linear(8, 8))


def chosen_rows_given_back():
    return net(lambda self, x: (self.fc(x), x[x[:, 0] > 0]), fc=nn.Linear(8, 8))


def a_layer_as_wide_as_what_is_chosen():
    return net(lambda self, x: x, fc=nn.Linear(8, len(torch.rand(8).round().nonzero())))


def as_many_rounds_as_are_chosen():
    def forward(self, x):
        for row in x[x[:, 0] > 0]:
            x = self.fc(x)
        return x

    return net(forward, fc=nn.Linear(8, 8))


def a_side_for_none_chosen():
    def forward(self, x):
        chosen = x[x[:, 0] > 5]
        if len(chosen) == 0:
            return self.fc(x)
        return self.fc(self.fc(x))

    return net(forward, fc=nn.Linear(8, 8))


def always_or_never_by_chance():
    def forward(self, x):
        if random.random() < 1.0:
            x = self.fc(x)
        if random.random() >= 1:
            x = self.fc(x)
        if 0 > random.random():
            x = self.fc(x)
        return x

    return net(forward, fc=nn.Linear(8, 8))


def the_same_tensor_twice():
    def forward(self, x):
        query, key = x, x
        if torch.equal(query, key):
            return self.fc(x)
        return self.fc(self.fc(x))

    return net(forward, fc=nn.Linear(8, 8))


def layers_from_text():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            width = 8
            self.all = []
            for i in range(2):
                exec(f"self.fc{i} = nn.Linear(width, width)")
                exec(f"self.all.append(self.fc{i})")
            exec("width = 3; deeper = 2")
            exec("self.last = nn.Linear(width, deeper)")
            made = {}
            exec(compile("def build(n):\n    return n + 1", "<text>", "exec"), made)
            self.wide = nn.Linear(width, made["build"](width))
            self.more = eval("nn.Linear(a, 8)", {"nn": nn, "a": 9})

        def forward(self, x):
            return self.more(self.wide(self.all[1](self.fc0(x)))), self.last(x)

    return Net()


@attr.s(eq=False)
class Block(nn.Module):
    n_in: int = attr.ib(validator=lambda i, a, x: x >= 1)
    n_out: int = attr.ib(default=8, converter=int)
    _factor = attr.ib(default=2, kw_only=True)
    sizes = attr.ib(factory=list)

    @sizes.validator
    def _check(self, attribute, value):
        assert isinstance(value, list)

    def __attrs_post_init__(self):
        super().__init__()
        self.fc = nn.Linear(self.n_in, self.n_out * self._factor)
        self.sizes.append(self.n_out)

    def forward(self, x):
        return self.fc(x)[:, : self.sizes[0]]


def fields_of_attrs():
    @attr.define
    class Settings:
        width: int
        depth: int = 2
        names: list = attr.field(factory=lambda: ["a"])

    settings = attr.evolve(Settings(8), depth=3)
    assert Settings(8) == Settings(8) and attr.asdict(settings) == {"width": 8, "depth": 3, "names": ["a"]}
    return nn.Sequential(*[Block(settings.width, "8", factor=3, sizes=[8]) for _ in range(settings.depth)])


def versions_and_names_of_weights():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            padding = 1 if torch.__version__ >= "1.5.0" else 2
            since = (1, 9) <= torch.__version__ and not torch.__version__ < "1.10" and torch.__version__ != "0.4.1"
            number = int(torch.__version__.split(".")[0]) >= 1 and f"{torch.__version__}".startswith(torch.__version__[:3])
            table = {torch.__version__: 8}
            self.conv = nn.Conv1d(1, 4 if since else 2, 3, padding=padding, padding_mode="circular")
            self.gru = nn.GRU(8, table[str(torch.__version__)] if number else 3, num_layers=2, bidirectional=True)
            for names in self.gru._all_weights:
                for name in names:
                    if "weight" in name:
                        nn.init.kaiming_normal_(self.gru.__getattr__(name))

        def forward(self, x):
            return self.conv(x.unsqueeze(1)), self.gru(x.unsqueeze(1))[0]

    return Net()


READS_VALUES = True


MODELS = {
    f"{build.__name__}()": (build, lambda: [torch.ones(2, 8)])
    for build in (
        small_scales_raised,
        rows_changed_where_a_mask_is_true,
        padding_behind_lengths,
        products_of_chosen_rows,
        chosen_rows_given_back,
        a_layer_as_wide_as_what_is_chosen,
        as_many_rounds_as_are_chosen,
        a_side_for_none_chosen,
        always_or_never_by_chance,
        the_same_tensor_twice,
        layers_from_text,
        fields_of_attrs,
        versions_and_names_of_weights,
    )
}
