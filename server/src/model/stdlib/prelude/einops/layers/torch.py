import torch
import einops
from torch.nn import Module, Parameter


class Rearrange(Module):
    def __init__(self, pattern, **axes_lengths):
        super().__init__()
        self.pattern = pattern
        self.axes_lengths = axes_lengths

    def forward(self, input):
        return einops.rearrange(input, self.pattern, **self.axes_lengths)


class Reduce(Module):
    def __init__(self, pattern, reduction, **axes_lengths):
        super().__init__()
        self.pattern = pattern
        self.reduction = reduction
        self.axes_lengths = axes_lengths

    def forward(self, input):
        return einops.reduce(input, self.pattern, self.reduction, **self.axes_lengths)


def _single(pattern):
    """Its axes without the parentheses, and whether there are any; `1` is no axis."""
    names = [name for name in pattern.replace("(", " ").replace(")", " ").split() if name != "1"]
    return names, names != pattern.split()


class EinMix(Module):
    def __init__(self, pattern, weight_shape, bias_shape=None, **axes_lengths):
        super().__init__()
        left, right = pattern.split("->")
        given, is_split = _single(left)
        made, is_joined = _single(right)
        lengths = {name: length for name, length in axes_lengths.items() if name in given}
        self.before = (left + "-> " + " ".join(given), lengths) if is_split else None
        self.after = " ".join(made) + " ->" + right if is_joined else None
        self.weight = Parameter(torch.empty([axes_lengths[name] for name in weight_shape.split()]))
        self.pattern = " ".join(given) + ", " + weight_shape.strip() + " -> " + " ".join(made)
        self.bias = None
        if bias_shape is not None:
            wanted = bias_shape.split()
            axes = [name for name in made if name != "..."]
            self.bias = Parameter(torch.empty([axes_lengths[name] if name in wanted else 1 for name in axes]))

    def forward(self, input):
        if self.before is not None:
            pattern, lengths = self.before
            input = einops.rearrange(input, pattern, **lengths)
        output = einops.einsum(input, self.weight, self.pattern)
        if self.bias is not None:
            output = output + self.bias
        return output if self.after is None else einops.rearrange(output, self.after)
