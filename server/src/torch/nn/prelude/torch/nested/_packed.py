"""
One dimension of a nested tensor is as long as its piece. The pieces lie one after another in `_values`, which has no dimension for
the batch: what works on each position alone works on all of them at once, as the kernels do; what looks along a piece needs to know
how long each is.
"""
import torch
import _ecocompute as _native
from _ecocompute_std import known_elements


def open_reason(what):
    _native.note(what, "it is not modelled")
    return _native.unknown(what + " is not modelled")


class Lengths:
    """How long each piece is: the size of the ragged dimension, which is the same as itself alone."""

    # Whether a kernel has looked for the longest since.
    was_searched = False

    def __init__(self, known, count=None, offsets=None, longest=None):
        # `None` where the run alone knows them.
        self.known = known
        # As far as torch knows without looking for it; what is padded is as long as all together where it does not.
        self.longest = longest
        self.count = len(known) if count is None else count
        self._offsets = offsets

    @property
    def offsets(self):
        if self._offsets is None and self.known is not None:
            ends = [0]
            for each in self.known:
                ends.append(ends[-1] + each)
            self._offsets = torch.tensor(ends)
        return self._offsets


class NestedTensor(torch.Tensor):
    is_nested = True

    def __new__(cls, *args):
        return _native.bare_instance(cls)

    def __init__(self, values, lengths, ragged, is_jagged):
        self._values = values
        self._lengths = lengths
        # The place of the ragged dimension among all of them, the batch first.
        self._ragged = ragged
        self._is_jagged = is_jagged

    def _with(self, values, ragged=None):
        return NestedTensor(values, self._lengths, self._ragged if ragged is None else ragged, self._is_jagged)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        from ._functions import run

        return run(func, args, {} if kwargs is None else kwargs)

    # What it is.

    @property
    def shape(self):
        return self.size()

    def size(self, dim=None):
        if not self._is_jagged and (dim is None or (dim % self.ndim) == self._ragged):
            return open_reason("the size of a strided nested tensor in which its pieces differ")
        sizes = list(self._values.shape)
        sizes[self._ragged - 1] = self._lengths
        sizes = (self._lengths.count, *sizes)
        return sizes if dim is None else sizes[dim]

    @property
    def ndim(self):
        return self._values.dim() + 1

    def dim(self):
        return self.ndim

    @property
    def dtype(self):
        return self._values.dtype

    @property
    def device(self):
        return self._values.device

    @property
    def layout(self):
        return torch.jagged if self._is_jagged else torch.strided

    @property
    def requires_grad(self):
        return self._values.requires_grad

    @property
    def is_cuda(self):
        return self._values.is_cuda

    def numel(self):
        return self._values.numel()

    def is_floating_point(self):
        return self._values.is_floating_point()

    def is_contiguous(self, *args, **kwargs):
        return self._values.is_contiguous()

    def __len__(self):
        return self._lengths.count

    def values(self):
        return self._values

    def offsets(self):
        found = self._lengths.offsets
        return open_reason("the offsets of a nested tensor whose pieces are not known") if found is None else found

    def lengths(self):
        return None

    def unbind(self, dim=0):
        if dim != 0:
            raise RuntimeError("unbind(): only supported for NestedTensor on dim=0")
        known = self._lengths.known
        if known is None:
            return open_reason("`unbind` of a nested tensor whose pieces are not known")
        return self._values.split(known, self._ragged - 1)

    def __iter__(self):
        return iter(self.unbind())

    def __getitem__(self, at):
        if not isinstance(at, int):
            return open_reason("a part of a nested tensor")
        return self.unbind()[at]

    def to_padded_tensor(self, padding, output_size=None):
        known, longest = self._lengths.known, self._lengths.longest
        if known is None or output_size is not None or (longest is None and self._lengths.was_searched):
            return open_reason("`to_padded_tensor` of a nested tensor whose longest piece is not known")
        at = self._ragged - 1
        sizes = list(self._values.shape)
        sizes[at] = sizes[at] if longest is None else longest
        padded = self._values.new_full((len(known), *sizes), padding)
        for i, each in enumerate(self.unbind()):
            padded[i].narrow(at, 0, known[i]).copy_(each)
        return padded

    def __getattr__(self, name):
        func = getattr(torch.Tensor, name)
        return lambda *args, **kwargs: self.__torch_function__(func, (NestedTensor,), (self, *args), kwargs)

    # Operators that no name of torch stands for.

    def __neg__(self):
        return self.neg()

    def __invert__(self):
        return self.bitwise_not()

    def __add__(self, other):
        return torch.add(self, other)

    def __radd__(self, other):
        return torch.add(other, self)

    def __sub__(self, other):
        return torch.sub(self, other)

    def __rsub__(self, other):
        return torch.rsub(self, other)

    def __mul__(self, other):
        return torch.mul(self, other)

    def __rmul__(self, other):
        return torch.mul(other, self)

    def __truediv__(self, other):
        return torch.div(self, other)

    def __rtruediv__(self, other):
        return torch.reciprocal(self) * other

    def __pow__(self, other):
        return torch.pow(self, other)

    def __matmul__(self, other):
        return torch.matmul(self, other)

    def __gt__(self, other):
        return torch.gt(self, other)

    def __lt__(self, other):
        return torch.lt(self, other)

    def __ge__(self, other):
        return torch.ge(self, other)

    def __le__(self, other):
        return torch.le(self, other)
