"""Tensors that are no parameters though they hold the elements of one, and modules that keep them."""
import torch
from torch import nn


class Kept(nn.Module):
    """Keeps `.data` under a name of its own: nothing more is trained."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
        self.kept = self.fc.weight.data
        self.register_buffer("still", self.fc.bias.data)

    def forward(self, x):
        return self.fc(x) + x @ self.kept.t() + self.still


def kept_data():
    model = Kept()
    assert not isinstance(model.kept, nn.Parameter) and type(model.fc.weight.data) is torch.Tensor
    return model


class Normed:
    """Spectral normalization by hand, as in torch.nn.utils."""

    def __call__(self, module, inputs):
        weight = module.weight_orig
        sigma = torch.dot(module.u, torch.mv(weight.reshape(weight.size(0), -1), module.v))
        module.weight = weight / sigma


def weight_moved_aside():
    conv = nn.Conv2d(2, 4, 2, bias=False)
    weight = conv._parameters["weight"]
    delattr(conv, "weight")
    conv.register_parameter("weight_orig", weight)
    setattr(conv, "weight", weight.data)
    conv.register_buffer("u", weight.new_empty(4).normal_(0, 1))
    conv.register_buffer("v", weight.new_empty(8).normal_(0, 1))
    conv.register_forward_pre_hook(Normed())
    return nn.Sequential(nn.Unflatten(1, (2, 2, 2)), conv)


def data_made_a_parameter_again():
    model = nn.Linear(8, 4)
    model.again = nn.Parameter(model.weight.data)
    return model


def tied_by_data():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = nn.Linear(8, 8)
            self.up = nn.Linear(8, 8)
            self.up.weight.data = self.down.weight.data
            self.rows = nn.ParameterList([nn.Parameter(p.data) for p in self.down.parameters()])

        def forward(self, x):
            return self.up(self.down(x)) * self.rows[1]

    return Tied()


READS_VALUES = True

MODELS = {
    f"{build.__name__}()": (build, lambda: [torch.ones(2, 8)])
    for build in (
        kept_data,
        weight_moved_aside,
        data_made_a_parameter_again,
        tied_by_data,
    )
}
