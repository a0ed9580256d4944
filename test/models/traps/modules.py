"""What modules of torch bind beside their own names, and which of their functions are functions of Python."""
import inspect
import typing

import typing_extensions
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn import init


Width = typing.Literal[2, 4, 8]


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.fc = nn.Linear(8, width)


def torch_through_functional():
    class Distance(Net):
        def forward(self, x):
            return self.fc(F.torch.abs(x - F.torch.zeros_like(x)))

    return Distance()


def math_through_init():
    class Scaled(Net):
        def __init__(self):
            super().__init__(init.math.floor(nn.init.calculate_gain("relu") * 4))

        def forward(self, x):
            return self.fc(x) / F.math.sqrt(8) + init.torch.ones(1)

    return Scaled()


def names_that_torch_lacks():
    width = 5 if hasattr(nn, "relu") or hasattr(F, "no_such") else 3
    return nn.Sequential(nn.Linear(8, width), getattr(nn, "relu", nn.ReLU)(), getattr(F, "Conv", nn.Linear)(width, 2))


def functions_of_torch_told_apart():
    kinds = [inspect.isfunction(f) for f in (F.relu, F.max_pool2d, F.softplus, F.gelu, torch.relu, nn.Linear, init.zeros_)]

    class Told(Net):
        def forward(self, x):
            return self.fc(x)

    return Told(sum(2**i for i, each in enumerate(kinds) if each))


def function_of_c_in_a_class():
    class Held(Net):
        act = F.gelu

        def forward(self, x):
            return self.fc(self.act(x))

    return Held()


def widths_of_a_literal():
    widths = typing_extensions.get_args(Width)

    class Chosen(Net):
        def __init__(self, width):
            if width not in widths:
                raise ValueError(width)
            super().__init__(width * len(widths) + len(typing.get_args(typing.Optional[typing.Union[int, str]])))

        def forward(self, x):
            return self.fc(x)

    return Chosen(4)


def names_of_single_files():
    from torch.nn.common_types import _size_2_t
    from torch.nn.modules.adaptive import AdaptiveLogSoftmaxWithLoss
    from torch.nn.modules.channelshuffle import ChannelShuffle
    from torch.nn.modules.distance import CosineSimilarity
    from torch.nn.modules.flatten import Flatten, Unflatten
    from torch.nn.modules.fold import Fold
    from torch.nn.modules.pixelshuffle import PixelShuffle, PixelUnshuffle
    from torch.nn.modules.pooling import _AdaptiveAvgPoolNd, _AvgPoolNd, _MaxPoolNd
    from torch.nn.modules.upsampling import Upsample

    def sized(size: _size_2_t):
        pool = nn.AvgPool2d(size)
        if isinstance(pool, _AvgPoolNd) and not isinstance(pool, (_MaxPoolNd, _AdaptiveAvgPoolNd)):
            return nn.Sequential(Unflatten(1, (2, 2, 2)), Upsample(scale_factor=2), PixelUnshuffle(2), ChannelShuffle(2), PixelShuffle(2), pool)
        return AdaptiveLogSoftmaxWithLoss(8, 16, [4])

    return nn.Sequential(sized(2), Flatten(), nn.Linear(8, 4)) if CosineSimilarity is not Fold else nn.Identity()


def x():
    return [torch.zeros(2, 8)]


class Locked(nn.LSTM):
    """An LSTM that runs the op itself, as those that drop weights do."""

    def forward(self, input, hx=None):
        if hx is None:
            zeros = input.new_zeros(self.get_expected_hidden_size(input, None))
            hx = (zeros, zeros)
        else:
            hx = self.permute_hidden(hx, None)
        self.check_forward_args(input, hx, None)
        weights = self._flat_weights
        made = torch._VF.lstm(
            input, hx, weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional, self.batch_first
        )
        return made[0], self.permute_hidden(made[1:], None)


def checks_of_recurrent_layers():
    class Words(Net):
        def __init__(self):
            super().__init__()
            self.rnn = Locked(8, 6, 2, batch_first=True)

        def __repr__(self):
            return super().__repr__() + " of words"

        def forward(self, x):
            self.text = repr(self)
            y, state = self.rnn(self.fc(x)[:, None].expand(-1, 3, -1))
            try:
                self.rnn(y)
            except RuntimeError:
                y = self.rnn(self.fc(x)[None], state=None)[0] if hasattr(self, "state") else y
            try:
                nn.Module.forward(self, x)
            except NotImplementedError:
                y = y[:, -1]
            return y, state

    return Words()


def keywords_for_tensors():
    class Made(nn.Module):
        def __init__(self, **kwargs):
            super().__init__()
            self.fc = nn.Linear(8, 4, **nn.factory_kwargs(kwargs))

        def forward(self, x):
            return self.fc(x)

    return Made(device="cpu", factory_kwargs={"dtype": torch.float32})


MODELS = {
    f.__name__ + "()": (f, x)
    for f in (
        torch_through_functional,
        math_through_init,
        names_that_torch_lacks,
        functions_of_torch_told_apart,
        function_of_c_in_a_class,
        widths_of_a_literal,
        names_of_single_files,
        checks_of_recurrent_layers,
        keywords_for_tensors,
    )
}
