"""Distributions with heavy tails, of one sign, or around a circle."""
import math

import torch

from ._positive import Gamma, _gamma
from ._real import Cauchy, Normal
from .distribution import Distribution, ExponentialFamily, broadcast


class StudentT(Distribution):
    has_rsample = True

    def __init__(self, df, loc=0.0, scale=1.0, validate_args=None):
        self.df, self.loc, self.scale = broadcast(df, loc, scale)
        if validate_args is not False:
            (self.scale > 0).all()
        super().__init__(self.df.size())

    @property
    def mean(self):
        return torch.where(self.df > 1, self.loc, math.nan)

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        return self.scale.pow(2) * self.df / (self.df - 2)

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        normal = torch.empty(shape, dtype=self.df.dtype, device=self.df.device).normal_()
        chi = _gamma((self.df / 2).expand(shape)) * 2
        return self.loc + self.scale * (normal * torch.rsqrt(chi / self.df))

    def log_prob(self, value):
        y = (value - self.loc) / self.scale
        half = 0.5 * (self.df + 1.0)
        norm = (
            self.scale.log() + 0.5 * self.df.log() + 0.5 * math.log(math.pi)
            + torch.lgamma(0.5 * self.df) - torch.lgamma(half)
        )
        return -half * torch.log1p(y**2.0 / self.df) - norm

    def entropy(self):
        half, more = 0.5 * self.df, 0.5 * (self.df + 1)
        beta = torch.lgamma(half) + math.lgamma(0.5) - torch.lgamma(0.5 * (self.df + 1))
        return self.scale.log() + more * (torch.digamma(more) - torch.digamma(half)) + 0.5 * self.df.log() + beta


class _Half(Distribution):
    """The positive side of a distribution around zero."""

    has_rsample = True

    def __init__(self, scale, validate_args=None):
        self._whole = self._base(0, scale, validate_args)
        super().__init__(self._whole.batch_shape)

    @property
    def scale(self):
        return self._whole.scale

    @property
    def mode(self):
        return torch.zeros_like(self.scale)

    def rsample(self, sample_shape=()):
        return self._whole.rsample(sample_shape).abs()

    def cdf(self, value):
        return 2 * self._whole.cdf(value) - 1

    def icdf(self, prob):
        return self._whole.icdf((prob + 1) / 2)

    def entropy(self):
        return self._whole.entropy() - math.log(2)

    def log_prob(self, value):
        return torch.where(value >= 0, self._whole.log_prob(value) + math.log(2), -math.inf)


class HalfNormal(_Half):
    _base = Normal

    @property
    def mean(self):
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self):
        return self.scale.pow(2) * (1 - 2 / math.pi)


class HalfCauchy(_Half):
    _base = Cauchy


class Weibull(Distribution):
    has_rsample = True

    def __init__(self, scale, concentration, validate_args=None):
        self.scale, self.concentration = broadcast(scale, concentration)
        super().__init__(self.scale.size())

    @property
    def mean(self):
        return self.scale * torch.exp(torch.lgamma(1 + self.concentration.reciprocal()))

    def rsample(self, sample_shape=()):
        drawn = self.scale.new(self._extended_shape(sample_shape)).exponential_()
        return self.scale * drawn.pow(self.concentration.reciprocal())

    def log_prob(self, value):
        y = value / self.scale
        density = self.concentration.log() - self.scale.log() + (self.concentration - 1) * y.log()
        return density - y.pow(self.concentration)

    def entropy(self):
        rest = 0.57721566490153286 * (1 - self.concentration.reciprocal())
        return rest + torch.log(self.scale * self.concentration.reciprocal()) + 1


class Pareto(Weibull):
    def __init__(self, scale, alpha, validate_args=None):
        super().__init__(scale, alpha, validate_args)

    @property
    def alpha(self):
        return self.concentration

    @property
    def mean(self):
        a = self.alpha.clamp(min=1)
        return a * self.scale / (a - 1)

    def rsample(self, sample_shape=()):
        drawn = self.scale.new(self._extended_shape(sample_shape)).exponential_()
        return self.scale * (drawn / self.alpha).exp()

    def log_prob(self, value):
        return self.alpha.log() + self.alpha * self.scale.log() - (self.alpha + 1) * value.log()

    def entropy(self):
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())


class InverseGamma(Gamma):
    @property
    def mean(self):
        return self.rate / (self.concentration - 1)

    def rsample(self, sample_shape=()):
        return super().rsample(sample_shape).reciprocal()

    def log_prob(self, value):
        return super().log_prob(value.reciprocal()) - 2 * value.log()


class VonMises(ExponentialFamily):
    has_rsample = False

    def __init__(self, loc, concentration, validate_args=None):
        self.loc, self.concentration = broadcast(loc, concentration)
        super().__init__(self.loc.size())

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    def sample(self, sample_shape=()):
        with torch.no_grad():
            drawn = torch.empty(self._extended_shape(sample_shape), dtype=self.loc.dtype, device=self.loc.device)
            return (drawn.uniform_(-math.pi, math.pi) + self.loc) % (2 * math.pi)

    def log_prob(self, value):
        density = self.concentration * torch.cos(value - self.loc)
        return density - math.log(2 * math.pi) - torch.special.i0e(self.concentration).log() - self.concentration
