"""Distributions over the real numbers. Densities as in any table of probability distributions."""
import math

import torch

from .distribution import Distribution, ExponentialFamily, broadcast


class _Located(ExponentialFamily):
    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = broadcast(loc, scale)
        if validate_args is not False:
            self._check()
        super().__init__(self.loc.size())

    def _check(self):
        (self.loc == self.loc).all()
        (self.scale > 0).all()

    def expand(self, batch_shape, _instance=None):
        return type(self)(self.loc.expand(batch_shape), self.scale.expand(batch_shape), False)

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc


class Normal(_Located):
    @property
    def stddev(self):
        return self.scale

    @property
    def variance(self):
        return self.stddev.pow(2)

    def sample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            return torch.normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        eps = torch.empty(shape, dtype=self.loc.dtype, device=self.loc.device).normal_()
        return self.loc + eps * self.scale

    def log_prob(self, value):
        variance = self.scale**2
        return -((value - self.loc) ** 2) / (2 * variance) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value):
        return 0.5 * (1 + torch.erf((value - self.loc) * self.scale.reciprocal() / math.sqrt(2)))

    def icdf(self, value):
        return self.loc + self.scale * torch.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + torch.log(self.scale)


class Laplace(_Located):
    @property
    def variance(self):
        return 2 * self.scale.pow(2)

    def rsample(self, sample_shape=()):
        u = self.loc.new(self._extended_shape(sample_shape)).uniform_(-1, 1)
        return self.loc - self.scale * u.sign() * torch.log1p(-u.abs())

    def log_prob(self, value):
        return -torch.log(2 * self.scale) - torch.abs(value - self.loc) / self.scale

    def cdf(self, value):
        y = value - self.loc
        return 0.5 - 0.5 * y.sign() * torch.expm1(-y.abs() / self.scale)

    def icdf(self, value):
        term = value - 0.5
        return self.loc - self.scale * term.sign() * torch.log1p(-2 * term.abs())

    def entropy(self):
        return 1 + torch.log(2 * self.scale)


class Cauchy(_Located):
    def rsample(self, sample_shape=()):
        eps = self.loc.new(self._extended_shape(sample_shape)).cauchy_()
        return self.loc + eps * self.scale

    def log_prob(self, value):
        return -math.log(math.pi) - self.scale.log() - (((value - self.loc) / self.scale) ** 2).log1p()

    def cdf(self, value):
        return torch.atan((value - self.loc) / self.scale) / math.pi + 0.5

    def icdf(self, value):
        return torch.tan(math.pi * (value - 0.5)) * self.scale + self.loc

    def entropy(self):
        return math.log(4 * math.pi) + self.scale.log()


class Gumbel(_Located):
    @property
    def mean(self):
        return self.loc + self.scale * 0.57721566490153286

    @property
    def variance(self):
        return (math.pi / math.sqrt(6)) ** 2 * self.scale.pow(2)

    def rsample(self, sample_shape=()):
        u = self.loc.new(self._extended_shape(sample_shape)).uniform_()
        return self.loc - self.scale * (-u.log()).log()

    def log_prob(self, value):
        y = (self.loc - value) / self.scale
        return (y - y.exp()) - self.scale.log()

    def cdf(self, value):
        return torch.exp(-torch.exp((self.loc - value) / self.scale))

    def icdf(self, value):
        return self.loc - self.scale * (-value.log()).log()

    def entropy(self):
        return self.scale.log() + (1 + 0.57721566490153286)


class LogNormal(_Located):
    def rsample(self, sample_shape=()):
        return Normal(self.loc, self.scale, False).rsample(sample_shape).exp()

    def log_prob(self, value):
        x = value.log()
        return Normal(self.loc, self.scale, False).log_prob(x) - x

    def cdf(self, value):
        return Normal(self.loc, self.scale, False).cdf(value.log())

    def icdf(self, value):
        return Normal(self.loc, self.scale, False).icdf(value).exp()

    def entropy(self):
        return Normal(self.loc, self.scale, False).entropy() + self.loc

    @property
    def mean(self):
        return (self.loc + self.scale.pow(2) / 2).exp()


class Uniform(Distribution):
    has_rsample = True

    def __init__(self, low, high, validate_args=None):
        self.low, self.high = broadcast(low, high)
        if validate_args is not False:
            torch.lt(self.low, self.high).all()
        super().__init__(self.low.size())

    @property
    def mean(self):
        return (self.high + self.low) / 2

    @property
    def variance(self):
        return (self.high - self.low).pow(2) / 12

    def expand(self, batch_shape, _instance=None):
        return Uniform(self.low.expand(batch_shape), self.high.expand(batch_shape), False)

    def rsample(self, sample_shape=()):
        u = torch.rand(self._extended_shape(sample_shape), dtype=self.low.dtype, device=self.low.device)
        return self.low + u * (self.high - self.low)

    def log_prob(self, value):
        inside = self.low.le(value).type_as(self.low) * self.high.gt(value).type_as(self.low)
        return torch.log(inside) - torch.log(self.high - self.low)

    def cdf(self, value):
        return ((value - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def icdf(self, value):
        return value * (self.high - self.low) + self.low

    def entropy(self):
        return torch.log(self.high - self.low)


class MultivariateNormal(Distribution):
    has_rsample = True

    def __init__(
        self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None
    ):
        if precision_matrix is not None:
            covariance_matrix = torch.linalg.inv(precision_matrix)
        if scale_tril is None:
            scale_tril = torch.linalg.cholesky(covariance_matrix)
        batch = torch.broadcast_shapes(scale_tril.shape[:-2], loc.shape[:-1])
        self.loc = loc.expand(tuple(batch) + (-1,))
        self._factor = scale_tril
        self.scale_tril = scale_tril.expand(tuple(batch) + (-1, -1))
        super().__init__(batch, self.loc.shape[-1:])

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    @property
    def covariance_matrix(self):
        return torch.matmul(self.scale_tril, self.scale_tril.mT).expand(
            self._batch_shape + self._event_shape + self._event_shape
        )

    @property
    def variance(self):
        return self.scale_tril.pow(2).sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape=()):
        eps = torch.empty(
            self._extended_shape(sample_shape), dtype=self.loc.dtype, device=self.loc.device
        ).normal_()
        return self.loc + torch.matmul(self._factor, eps.unsqueeze(-1)).squeeze(-1)

    def _log_determinant(self):
        return self._factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def _squared_distance(self, value):
        """By one triangular solve for all values that share a factor, as torch does it."""
        difference = value - self.loc
        lead = difference.shape[:-1]
        size = self._event_shape[0]
        factor = self._factor
        if math.prod(factor.shape[:-2]) == 1:
            columns = difference.reshape(-1, size).mT
            solved = torch.linalg.solve_triangular(factor.reshape(size, size), columns, upper=False)
            return solved.pow(2).sum(-2).reshape(lead)
        solved = torch.linalg.solve_triangular(factor, difference.unsqueeze(-1), upper=False)
        return solved.squeeze(-1).pow(2).sum(-1)

    def log_prob(self, value):
        distance = self._squared_distance(value)
        half = self._log_determinant()
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + distance) - half

    def entropy(self):
        half = self._log_determinant()
        made = 0.5 * self._event_shape[0] * (1 + math.log(2 * math.pi)) + half
        return made if len(self._batch_shape) == 0 else made.expand(self._batch_shape)


def _times(matrix, vectors):
    return torch.matmul(matrix, vectors.unsqueeze(-1)).squeeze(-1)


class LowRankMultivariateNormal(Distribution):
    """Its covariance is a product of a narrow matrix with its transpose, and a diagonal."""

    has_rsample = True

    def __init__(self, loc, cov_factor, cov_diag, validate_args=None):
        batch = torch.broadcast_shapes(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        self.loc = loc.expand(tuple(batch) + (-1,))
        self.cov_diag = cov_diag.expand(tuple(batch) + (-1,))
        self.cov_factor = cov_factor.expand(tuple(batch) + cov_factor.shape[-2:])
        self._factor, self._diagonal = cov_factor, cov_diag.expand(cov_factor.shape[:-2] + (-1,))
        inner = torch.matmul(self._weighed(), self._factor)
        self._inner = torch.linalg.cholesky(inner + torch.eye(inner.shape[-1]))
        super().__init__(batch, self.loc.shape[-1:])

    def _weighed(self):
        return self._factor.mT / self._diagonal.unsqueeze(-2)

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        return (self._factor.pow(2).sum(-1) + self._diagonal).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        wide = torch.empty(shape[:-1] + self._factor.shape[-1:], dtype=self.loc.dtype).normal_()
        own = torch.empty(shape, dtype=self.loc.dtype).normal_()
        return self.loc + _times(self._factor, wide) + self._diagonal.sqrt() * own

    def log_prob(self, value):
        difference = value - self.loc
        weighed = _times(self._weighed(), difference)
        plain = (difference.pow(2) / self._diagonal).sum(-1)
        inner = MultivariateNormal(torch.zeros_like(weighed), scale_tril=self._inner)
        determinant = 2 * inner._log_determinant() + self._diagonal.log().sum(-1)
        distance = plain - inner._squared_distance(weighed)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + determinant + distance)
