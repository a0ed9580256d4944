import _ecocompute as _native
import torch
from _ecocompute import Parameter
from torch.nn.modules.module import Module
from .parametrize import ParametrizationList, register_parametrization


class _WeightNorm(Module):
    def __init__(self, dim=0):
        super().__init__()
        self.dim = -1 if dim is None else dim


class _WeightNormList(ParametrizationList):
    """Holds the magnitude and the direction: the original is split in two."""

    def __init__(self, module, weight, shape):
        ParametrizationList.__init__(self, [module], None)
        del self.original
        self.original0 = Parameter(torch.empty(shape))
        self.original1 = Parameter(torch.empty(weight.shape))

    def forward(self):
        return torch._weight_norm(self.original1, self.original0, self[0].dim)


def weight_norm(module, name="weight", dim=0):
    weight = getattr(module, name)
    if dim is None:
        shape = ()
    else:
        shape = tuple(size if i == dim % weight.dim() else 1 for i, size in enumerate(weight.shape))
    register_parametrization(module, name, _WeightNorm(dim))
    module.parametrizations[name] = _WeightNormList(module.parametrizations[name][0], weight, shape)
    return module


class _SpectralNorm(Module):
    def __init__(self, weight, n_power_iterations=1, dim=0, eps=1e-12):
        super().__init__()
        self.dim = dim
        self.eps = eps
        self.n_power_iterations = n_power_iterations
        if weight.dim() > 1:
            height = weight.shape[dim]
            self.register_buffer("_u", torch.empty(height))
            self.register_buffer("_v", torch.empty(weight.numel() // height))

    def forward(self, weight):
        if weight.dim() == 1:
            return torch.nn.functional.normalize(weight, dim=0, eps=self.eps)
        matrix = weight if self.dim == 0 else weight.transpose(0, self.dim)
        matrix = matrix.flatten(1)
        u = self._u
        v = self._v
        if self.training:
            for _ in range(self.n_power_iterations):
                u = torch.nn.functional.normalize(torch.mv(matrix, v), dim=0, eps=self.eps)
                v = torch.nn.functional.normalize(torch.mv(matrix.t(), u), dim=0, eps=self.eps)
        sigma = torch.dot(u, torch.mv(matrix, v))
        return weight / sigma


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    return register_parametrization(
        module, name, _SpectralNorm(getattr(module, name), n_power_iterations, dim, eps)
    )


def orthogonal(module, name="weight", *args, **kwargs):
    _native.note("`orthogonal`", "the matrix exponential it runs is not counted")
    return module
