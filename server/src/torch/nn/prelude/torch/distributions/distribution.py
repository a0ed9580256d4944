"""The base of `torch.distributions`: shapes of batch and event, and what follows from `log_prob` and `rsample`."""
import torch


class Distribution:
    has_rsample = False
    has_enumerate_support = False
    arg_constraints = {}
    support = None

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
