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


class EinMix(Module):
    def __init__(self, pattern, weight_shape, bias_shape=None, **axes_lengths):
        super().__init__()
        left, right = pattern.split("->")
        names = weight_shape.split()
        self.weight = Parameter(torch.empty([axes_lengths[name] for name in names]))
        self.pattern = left.strip() + ", " + weight_shape.strip() + " -> " + right.strip()
        if bias_shape is not None:
            wanted = bias_shape.split()
            self.bias = Parameter(
                torch.empty([axes_lengths[name] if name in wanted else 1 for name in right.split()])
            )
        else:
            self.bias = None

    def forward(self, input):
        output = einops.einsum(input, self.weight, self.pattern)
        return output if self.bias is None else output + self.bias
