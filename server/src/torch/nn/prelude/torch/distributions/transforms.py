import math

import torch
import torch.nn.functional as F


class Transform:
    bijective = True
    event_dim = 0

    def __init__(self, cache_size=0):
        self._cache_size = cache_size
        self._cached = None, None

    def __call__(self, x):
        y = self._call(x)
        self._cached = x, y
        return y

    def inv(self, y):
        x, known = self._cached
        if self._cache_size > 0 and known is y:
            return x
        return self._inverse(y)


class TanhTransform(Transform):
    def _call(self, x):
        return x.tanh()

    def _inverse(self, y):
        return torch.atanh(y)

    def log_abs_det_jacobian(self, x, y):
        return 2.0 * (math.log(2.0) - x - F.softplus(-2.0 * x))


class SigmoidTransform(Transform):
    def _call(self, x):
        tiny = torch.finfo(x.dtype).tiny
        return torch.clamp(torch.sigmoid(x), min=tiny, max=1.0 - torch.finfo(x.dtype).eps)

    def _inverse(self, y):
        y = y.clamp(min=torch.finfo(y.dtype).tiny, max=1.0 - torch.finfo(y.dtype).eps)
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x, y):
        return -F.softplus(-x) - F.softplus(x)


class ExpTransform(Transform):
    def _call(self, x):
        return x.exp()

    def _inverse(self, y):
        return y.log()

    def log_abs_det_jacobian(self, x, y):
        return x


class AffineTransform(Transform):
    def __init__(self, loc, scale, event_dim=0, cache_size=0):
        super().__init__(cache_size)
        self.loc = loc
        self.scale = scale

    def _call(self, x):
        return self.loc + self.scale * x

    def _inverse(self, y):
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x, y):
        if isinstance(self.scale, (int, float)):
            return torch.full_like(x, math.log(abs(self.scale)))
        return torch.abs(self.scale).log().expand(x.shape)
