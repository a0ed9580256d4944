"""Distributions over classes and counts, given by probabilities or by logits; either is computed from the other when asked."""
import torch
import torch.nn.functional as F

from .distribution import Distribution, ExponentialFamily, broadcast


def _clamped(probs):
    eps = torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


class Categorical(Distribution):
    has_enumerate_support = True

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if probs is not None:
            self._given = probs / probs.sum(-1, keepdim=True)
            self._probs, self._logits = self._given, None
        else:
            self._given = logits - logits.logsumexp(dim=-1, keepdim=True)
            self._probs, self._logits = None, self._given
        self._num_events = self._given.size()[-1]
        if validate_args is not False:
            (self._given == self._given).all(-1).all()
        super().__init__(self._given.size()[:-1])

    @property
    def probs(self):
        if self._probs is None:
            self._probs = F.softmax(self._logits, dim=-1)
        return self._probs

    @property
    def logits(self):
        if self._logits is None:
            self._logits = torch.log(_clamped(self._probs))
        return self._logits

    @property
    def param_shape(self):
        return self._given.size()

    @property
    def mode(self):
        return self.probs.argmax(dim=-1)

    def expand(self, batch_shape, _instance=None):
        return Categorical(self.probs.expand(torch.Size(batch_shape) + (self._num_events,)), None, False)

    def sample(self, sample_shape=()):
        count = torch.Size(sample_shape).numel()
        with torch.no_grad():
            drawn = torch.multinomial(self.probs.reshape(-1, self._num_events), count, True).T
            return drawn.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value):
        value = value.long().unsqueeze(-1)
        value, log_pmf = torch.broadcast_tensors(value, self.logits)
        return log_pmf.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self):
        logits = torch.clamp(self.logits, min=torch.finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand=True):
        values = torch.arange(self._num_events, dtype=torch.long).view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1,) + tuple(self._batch_shape)) if expand else values


class OneHotCategorical(Distribution):
    has_enumerate_support = True

    def __init__(self, probs=None, logits=None, validate_args=None):
        self._categorical = Categorical(probs, logits, validate_args)
        shape = self._categorical.param_shape
        super().__init__(self._categorical.batch_shape, shape[-1:])

    @property
    def probs(self):
        return self._categorical.probs

    @property
    def logits(self):
        return self._categorical.logits

    @property
    def mean(self):
        return self._categorical.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    @property
    def param_shape(self):
        return self._categorical.param_shape

    @property
    def mode(self):
        return F.one_hot(self.probs.argmax(dim=-1), num_classes=self._event_shape[0]).to(self.probs)

    def sample(self, sample_shape=()):
        drawn = self._categorical.sample(sample_shape)
        return F.one_hot(drawn, self._categorical._num_events).to(self.probs)

    def log_prob(self, value):
        return self._categorical.log_prob(value.max(-1)[1])

    def entropy(self):
        return self._categorical.entropy()


class OneHotCategoricalStraightThrough(OneHotCategorical):
    has_rsample = True

    def rsample(self, sample_shape=()):
        return self.sample(sample_shape) + (self.probs - self.probs.detach())


class _Single(ExponentialFamily):
    """Of one probability: `probs` or `logits`."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if probs is not None:
            (self._probs,) = broadcast(probs)
            self._logits = None
            self._given = self._probs
        else:
            (self._logits,) = broadcast(logits)
            self._probs = None
            self._given = self._logits
        if validate_args is not False:
            (self._given == self._given).all()
        super().__init__(self._given.size())

    @property
    def probs(self):
        if self._probs is None:
            self._probs = torch.sigmoid(self._logits)
        return self._probs

    @property
    def logits(self):
        if self._logits is None:
            clamped = _clamped(self._probs)
            self._logits = torch.log(clamped) - torch.log1p(-clamped)
        return self._logits


class Bernoulli(_Single):
    has_enumerate_support = True

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def expand(self, batch_shape, _instance=None):
        return Bernoulli(self.probs.expand(batch_shape), None, False)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            return torch.bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value):
        logits, value = broadcast(self.logits, value)
        return -F.binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self):
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


class RelaxedBernoulli(_Single):
    has_rsample = True

    def __init__(self, temperature, probs=None, logits=None, validate_args=None):
        self.temperature = temperature
        super().__init__(probs, logits, validate_args)

    def rsample(self, sample_shape=()):
        probs = _clamped(self.probs.expand(self._extended_shape(sample_shape)))
        u = _clamped(torch.rand(probs.shape, dtype=probs.dtype, device=probs.device))
        return torch.sigmoid((u.log() - (-u).log1p() + probs.log() - (-probs).log1p()) / self.temperature)


class RelaxedOneHotCategorical(Distribution):
    has_rsample = True

    def __init__(self, temperature, probs=None, logits=None, validate_args=None):
        self.temperature = temperature
        self._categorical = Categorical(probs, logits, validate_args)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:])

    @property
    def probs(self):
        return self._categorical.probs

    @property
    def logits(self):
        return self._categorical.logits

    def rsample(self, sample_shape=()):
        logits = self.logits
        u = _clamped(
            torch.rand(self._extended_shape(sample_shape), dtype=logits.dtype, device=logits.device)
        )
        scores = (logits + -((-(u.log())).log())) / self.temperature
        return (scores - scores.logsumexp(dim=-1, keepdim=True)).exp()


class Poisson(ExponentialFamily):
    def __init__(self, rate, validate_args=None):
        (self.rate,) = broadcast(rate)
        if validate_args is not False:
            (self.rate >= 0).all()
        super().__init__(self.rate.size())

    @property
    def mean(self):
        return self.rate

    @property
    def variance(self):
        return self.rate

    def sample(self, sample_shape=()):
        with torch.no_grad():
            return torch.poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value):
        rate, value = broadcast(self.rate, value)
        return value.xlogy(rate) - rate - (value + 1).lgamma()
