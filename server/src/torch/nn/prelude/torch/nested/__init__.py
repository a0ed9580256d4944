"""Tensors of pieces of different lengths, which lie one after another in one tensor; see `_packed.py`."""
import torch
from _ecocompute_std import known_elements
from ._packed import Lengths, NestedTensor, open_reason


def nested_tensor(tensor_list, *, dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False):
    pieces = [torch.as_tensor(each).detach() for each in tensor_list]
    return as_nested_tensor(pieces, dtype, device, layout)


def as_nested_tensor(ts, dtype=None, device=None, layout=None):
    if isinstance(ts, NestedTensor):
        return ts
    pieces = list(ts)
    if not all([isinstance(each, torch.Tensor) for each in pieces]):
        raise TypeError("as_nested_tensor(): Expected first argument to be a tensor or a list / tuple of tensors ")
    is_jagged = layout is torch.jagged
    if is_jagged and len(pieces) == 0:
        raise RuntimeError("Cannot construct a nested tensor from an empty tensor list")
    differing = _differing(pieces)
    if differing is None or len(differing) > 1 or (is_jagged and pieces[0].dim() == 0):
        return open_reason("a nested tensor whose pieces differ in more than one size")
    ragged = differing[0] if differing else 0
    values = torch.cat(pieces, ragged)
    if dtype is not None or device is not None:
        values = values.to(device=device, dtype=dtype)
    sizes = [each.size(ragged) for each in pieces]
    return NestedTensor(values, Lengths(sizes, longest=max(sizes)), ragged + 1, is_jagged)


def _differing(pieces):
    """The dimensions in which pieces are not as long as the first; `None` where they are not as many."""
    first = list(pieces[0].shape) if pieces else []
    if not first or any([each.dim() != len(first) for each in pieces]):
        return None
    return [i for i, size in enumerate(first) if any([each.size(i) != size for each in pieces])]


def nested_tensor_from_jagged(values, offsets=None, lengths=None, jagged_dim=None, min_seqlen=None, max_seqlen=None):
    if offsets is None and lengths is None:
        raise RuntimeError("nested_tensor_from_jagged(): At least one of offsets or lengths is required.")
    if jagged_dim is not None and jagged_dim < 1:
        raise ValueError("Expected jagged_dim >=1, but got " + str(jagged_dim) + ".")
    ragged = 1 if jagged_dim is None else jagged_dim
    if offsets is not None and lengths is not None:
        return open_reason("a nested tensor with holes between its pieces")
    if offsets is None:
        return NestedTensor(values, Lengths(known_elements(lengths), lengths.size(0), longest=max_seqlen), ragged, True)
    ends = known_elements(offsets)
    known = None if ends is None else [end - start for start, end in zip(ends, ends[1:])]
    return NestedTensor(values, Lengths(known, offsets.size(0) - 1, offsets, max_seqlen), ragged, True)


def to_padded_tensor(input, padding, output_size=None, out=None):
    return input.to_padded_tensor(padding, output_size)


def narrow(tensor, dim, start, length, layout=None):
    return open_reason("`torch.nested.narrow`")


def masked_select(tensor, mask):
    return open_reason("`torch.nested.masked_select`")
