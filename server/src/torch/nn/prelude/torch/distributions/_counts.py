"""Distributions of counts: of successes among trials, of trials until one, of draws from classes."""
import torch
import torch.nn.functional as F

from ._discrete import Categorical, _Single
from .distribution import Distribution, broadcast


class Binomial(Distribution):
    has_enumerate_support = True

    def __init__(self, total_count=1, probs=None, logits=None, validate_args=None):
        given = logits if probs is None else probs
        self.total_count, given = broadcast(total_count, given)
        self._single = _Single(given if probs is not None else None, given if probs is None else None, validate_args)
        super().__init__(given.size())

    @property
    def probs(self):
        return self._single.probs

    @property
    def logits(self):
        return self._single.logits

    @property
    def mean(self):
        return self.total_count * self.probs

    @property
    def mode(self):
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self):
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            return torch.binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value):
        factorials = torch.lgamma(value + 1) + torch.lgamma(self.total_count - value + 1)
        rest = self.logits.clamp(min=0) + torch.log1p(torch.exp(-torch.abs(self.logits)))
        return value * self.logits - factorials - (self.total_count * rest - torch.lgamma(self.total_count + 1))


class NegativeBinomial(Binomial):
    @property
    def mean(self):
        return self.total_count * torch.exp(self.logits)

    @property
    def mode(self):
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self):
        return self.mean / torch.sigmoid(-self.logits)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            rate = torch.empty_like(self.total_count.expand(self._extended_shape(sample_shape))).exponential_()
            return torch.poisson(rate)

    def log_prob(self, value):
        plain = self.total_count * F.logsigmoid(-self.logits) + value * F.logsigmoid(self.logits)
        together = torch.lgamma(self.total_count + value)
        return plain + together - torch.lgamma(1.0 + value) - torch.lgamma(self.total_count)


class Geometric(_Single):
    @property
    def mean(self):
        return 1.0 / self.probs - 1.0

    @property
    def mode(self):
        return torch.zeros_like(self.probs)

    @property
    def variance(self):
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            drawn = self.probs.new(shape).uniform_(torch.finfo(self.probs.dtype).tiny, 1)
            return (drawn.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value):
        value, probs = broadcast(value, self.probs)
        return value * (-probs).log1p() + self.probs.log()

    def entropy(self):
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs


class Multinomial(Distribution):
    def __init__(self, total_count=1, probs=None, logits=None, validate_args=None):
        self.total_count = total_count
        self._categorical = Categorical(probs, logits, validate_args)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:])

    @property
    def probs(self):
        return self._categorical.probs

    @property
    def logits(self):
        return self._categorical.logits

    @property
    def param_shape(self):
        return self._categorical.param_shape

    @property
    def mean(self):
        return self.probs * self.total_count

    @property
    def variance(self):
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        drawn = self._categorical.sample(torch.Size((self.total_count,)) + torch.Size(sample_shape))
        drawn = drawn.permute(*range(1, drawn.dim()), 0)
        counts = drawn.new(self._extended_shape(sample_shape)).zero_()
        counts.scatter_add_(-1, drawn, torch.ones_like(drawn))
        return counts.type_as(self.probs)

    def log_prob(self, value):
        logits, value = broadcast(self.logits, value)
        factorials = torch.lgamma(value.sum(-1) + 1) - torch.lgamma(value + 1).sum(-1)
        return factorials + (logits * value).sum(-1)
