"""Notation of einx over torch: elementwise operations, sums and gathering. What is not told here stays open."""
import torch
from _ecocompute_std import unknown
from einops import rearrange as _rearrange, reduce as _reduce


def _open(name, description):
    return unknown("`einx." + name + "` of `" + description + "`")


def _tokens(text):
    for bracket in "()[]":
        text = text.replace(bracket, " ")
    return text.split()


def _hidden(text, ndim):
    """Names of their own for the axes that `...` stands for."""
    names = _tokens(text)
    return ["dots" + str(i) for i in range(ndim - len(names) + 1)] if "..." in names else []


def _is_plain(text):
    """Names of axes, each once."""
    names = _tokens(text)
    return "(" not in text and "[" not in text and _is_distinct(names)


def _is_distinct(names):
    return len(set(names)) == len(names) and not any([name.isdigit() for name in names])


def _spread(text, hidden):
    return text.replace("...", " ".join(hidden))


class AxisSizeError(Exception):
    pass


def _agree(axes, tensors):
    """An axis has one length wherever it is named: einx does not broadcast what only looks alike."""
    sizes = {}
    for names, tensor in zip(axes, tensors):
        for axis, size in zip(names, tensor.shape):
            if sizes.setdefault(axis, size) != size:
                raise AxisSizeError("Failed to determine the size of all axes in the expression under the given constraints.")


def _elementwise(name, op):
    def run(description, *tensors, **parameters):
        left, arrow, output = description.partition("->")
        sides = left.split(",")
        if parameters or len(sides) != len(tensors) or not all([_is_plain(side) for side in sides]):
            return _open(name, description)
        tensors = [each if isinstance(each, torch.Tensor) else torch.tensor(each) for each in tensors]
        dots = [_hidden(side, each.ndim) for side, each in zip(sides, tensors) if "..." in side]
        hidden = dots[0] if dots else []
        axes = [_tokens(_spread(side, hidden)) for side in sides]
        if any([each != hidden for each in dots]) or any([len(a) != t.ndim for a, t in zip(axes, tensors)]):
            return _open(name, description)
        every = {axis for each in axes for axis in each}
        if not arrow:
            full = {side.strip() for side, each in zip(sides, axes) if set(each) == every}
            if len(full) != 1:
                return _open(name, description)
            output = full.pop()
        output = _spread(output, hidden)
        _agree(axes, tensors)
        order = [axis for axis in _tokens(output) if axis != "1"]
        if "[" in output or not _is_distinct(order) or set(order) != every:
            return _open(name, description)
        aligned = []
        for each, tensor in zip(axes, tensors):
            wanted = " ".join([axis if axis in each else "1" for axis in order])
            aligned.append(_rearrange(tensor, " ".join(each) + " -> " + wanted) if each else tensor)
        return _rearrange(op(*aligned), " ".join(order) + " -> " + output)

    return run


def _reduction(name):
    def run(description, tensor, **parameters):
        left, arrow, right = description.partition("->")
        names = left.replace("[", " ").replace("]", " ")
        if not arrow:
            right = "".join([part.rpartition("]")[2] for part in left.split("[")])
        if parameters or not _is_plain(names) or not _is_plain(right):
            return _open(name, description)
        return _reduce(tensor, names + " -> " + right, name)

    return run


def get_at(description, tensor, index, **parameters):
    """`"b [n] d, b m -> b m d"`: one axis is indexed."""
    left, arrow, output = description.partition("->")
    sides = left.split(",")
    if parameters or not arrow or len(sides) != 2 or sides[0].count("[") != 1 or not isinstance(index, torch.Tensor):
        return _open("get_at", description)
    before, _, rest = sides[0].partition("[")
    [sought, _, after] = rest.partition("]")
    hidden = _hidden(sides[1], index.ndim)
    own = _tokens(_spread(before + after, hidden))
    given = _tokens(_spread(sides[1], hidden))
    is_plain = "(" not in left and "[" not in sides[1] and len(_tokens(sought)) == 1 and "..." not in sought
    if not is_plain or "..." in before + after or not _is_distinct(own) or not _is_distinct(given):
        return _open("get_at", description)
    output = _spread(output, hidden)
    shared = [axis for axis in given if axis in own]
    others = [axis for axis in given if axis not in own]
    kept = [axis for axis in own if axis not in given]
    order = [axis for axis in _tokens(output) if axis != "1"]
    if set(order) != set(own + given) or not _is_distinct(order) or own.count(sought.strip()) > 0:
        return _open("get_at", description)
    names = before + " " + sought + " " + after
    _agree([_tokens(_spread(names, hidden)), given], [tensor, index])
    tensor = _rearrange(tensor, names + " -> " + " ".join(shared + _tokens(sought) + kept))
    index = _rearrange(index, " ".join(given) + " -> " + " ".join(shared + others))
    places = []
    for i, axis in enumerate(shared):
        shape = [1] * index.ndim
        shape[i] = index.shape[i]
        places.append(torch.arange(index.shape[i], device=index.device).reshape(shape))
    made = tensor[tuple(places + [index])]
    return _rearrange(made, " ".join(shared + others + kept) + " -> " + output)


add = _elementwise("add", torch.add)
subtract = _elementwise("subtract", torch.subtract)
multiply = _elementwise("multiply", torch.multiply)
divide = true_divide = _elementwise("divide", torch.true_divide)
floor_divide = _elementwise("floor_divide", torch.floor_divide)
less = _elementwise("less", torch.less)
less_equal = _elementwise("less_equal", torch.less_equal)
greater = _elementwise("greater", torch.greater)
greater_equal = _elementwise("greater_equal", torch.greater_equal)
equal = _elementwise("equal", torch.eq)
not_equal = _elementwise("not_equal", torch.not_equal)
logical_and = _elementwise("logical_and", torch.logical_and)
logical_or = _elementwise("logical_or", torch.logical_or)
maximum = _elementwise("maximum", torch.maximum)
minimum = _elementwise("minimum", torch.minimum)
where = _elementwise("where", torch.where)
sum = _reduction("sum")
mean = _reduction("mean")
max = _reduction("max")
min = _reduction("min")


def __getattr__(name):
    return unknown("`einx." + name + "` is not interpreted")
