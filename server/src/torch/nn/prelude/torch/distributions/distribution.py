"""The base of `torch.distributions`: shapes of batch and event, and what follows from `log_prob` and `rsample`."""
import torch
from _ecocompute_std import is_known, unknown


class Distribution:
    has_rsample = False
    has_enumerate_support = False
    arg_constraints = {}
    support = None
    _validate_args = True

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None):
        self._batch_shape = torch.Size(batch_shape)
        self._event_shape = torch.Size(event_shape)

    @staticmethod
    def set_default_validate_args(value):
        return None

    @property
    def batch_shape(self):
        return self._batch_shape

    @property
    def event_shape(self):
        return self._event_shape

    @property
    def stddev(self):
        return self.variance.sqrt()

    def _get_checked_instance(self, cls, _instance=None):
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(f"Subclass {self.__class__.__name__} must also define a custom .expand() method")
        return object.__new__(type(self)) if _instance is None else _instance

    def expand(self, batch_shape, _instance=None):
        """Tensors and distributions that this one is made of have its batch dimensions first."""
        new = object.__new__(type(self)) if _instance is None else _instance
        batch = len(self._batch_shape)
        for name, value in vars(self).items():
            if isinstance(value, torch.Tensor):
                value = value.expand(torch.Size(batch_shape) + value.shape[batch:])
            elif isinstance(value, Distribution):
                value = value.expand(torch.Size(batch_shape) + value.batch_shape[batch:])
            setattr(new, name, value)
        new._batch_shape = torch.Size(batch_shape)
        return new

    def cdf(self, value):
        return unknown("`cdf` of a distribution")

    def icdf(self, value):
        return unknown("`icdf` of a distribution")

    def enumerate_support(self, expand=True):
        return unknown("`enumerate_support` of a distribution")

    @property
    def mode(self):
        return unknown("`mode` of a distribution")

    def _extended_shape(self, sample_shape=()):
        return torch.Size(tuple(sample_shape) + tuple(self._batch_shape) + tuple(self._event_shape))

    def rsample(self, sample_shape=()):
        raise NotImplementedError

    def sample(self, sample_shape=()):
        with torch.no_grad():
            return self.rsample(sample_shape)

    def sample_n(self, n):
        return self.sample(torch.Size((n,)))

    def perplexity(self):
        return torch.exp(self.entropy())

    def _validate_sample(self, value):
        return None


class ExponentialFamily(Distribution):
    pass


def broadcast(*values):
    """Numbers become tensors of the shape that all values have together."""
    unclear = [each for each in values if not is_known(isinstance(each, torch.Tensor))]
    if unclear:
        return unclear[:1] * len(values)
    like = [each for each in values if isinstance(each, torch.Tensor)]
    if not like:
        dtype = torch.get_default_dtype()
        return torch.broadcast_tensors(*[torch.tensor(each, dtype=dtype) for each in values])
    made = []
    for each in values:
        made.append(
            each
            if isinstance(each, torch.Tensor)
            else torch.tensor(each, dtype=like[0].dtype, device=like[0].device)
        )
    return torch.broadcast_tensors(*made)


def sum_rightmost(value, dims):
    return value if dims == 0 else value.reshape(value.shape[: value.dim() - dims] + (-1,)).sum(-1)
