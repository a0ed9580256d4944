import _ecocompute as _native
import torch
from torch.autograd import grad as _gradients
from torch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

from ._vmap import one_by_one


def _variable(leaf):
    if not isinstance(leaf, torch.Tensor):
        return leaf
    return leaf.view_as(leaf) if leaf.requires_grad else leaf.detach().requires_grad_()


class _Point:
    """Arguments of which some are variables."""

    def __init__(self, args, argnums):
        self._isOne = isinstance(argnums, int)
        self._nums = (argnums,) if self._isOne else tuple(argnums)
        self.args = list(args)
        for n in self._nums:
            self.args[n] = tree_map(_variable, self.args[n])
        self.leaves, self._spec = tree_flatten([self.args[n] for n in self._nums])

    def shaped(self, found):
        """What was found for each variable, in the structure of the arguments."""
        each = tree_unflatten(found, self._spec)
        return each[0] if self._isOne else tuple(each)


def _derived(outputs, leaves, directions=None):
    return list(
        _gradients(outputs, leaves, directions, retain_graph=True, create_graph=True, materialize_grads=True)
    )


def grad_and_value(func, argnums=0, has_aux=False):
    def computed(*args, **kwargs):
        with torch.enable_grad():
            at = _Point(args, argnums)
            made = func(*at.args, **kwargs)
            value = made[0] if has_aux else made
            if value.dim() != 0:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar tensor, got tensor with "
                    f"{value.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            return at.shaped(_derived([value], at.leaves)), made

    return computed


def grad(func, argnums=0, has_aux=False):
    both = grad_and_value(func, argnums, has_aux)

    def derived(*args, **kwargs):
        found, made = both(*args, **kwargs)
        return (found, made[1]) if has_aux else found

    return derived


def vjp(func, *primals, has_aux=False):
    with torch.enable_grad():
        at = _Point(primals, tuple(range(len(primals))))
        made = func(*at.args)
    outputs = made[0] if has_aux else made

    def back(*cotangents, retain_graph=True, create_graph=None):
        given = tree_leaves(cotangents[0] if len(cotangents) == 1 else cotangents)
        found = at.shaped(_derived(tree_leaves(outputs), at.leaves, given))
        return found if len(primals) > 1 else (found[0],)

    return (outputs, back, made[1]) if has_aux else (outputs, back)


def _rows(output, leaves):
    """A backward pass for each element."""
    flat = output.reshape(-1)
    if flat.numel() > 1:
        one_by_one("`jacrev`")
    rows = [_derived([flat[i]], leaves) for i in range(flat.numel())]
    return [torch.stack(column).reshape(output.shape + leaf.shape) for column, leaf in zip(zip(*rows), leaves)]


def _uncounted(output, leaves):
    return [output.new_empty(output.shape + leaf.shape) for leaf in leaves]


def _jacobian(func, argnums, has_aux, of_each):
    def computed(*args, **kwargs):
        with torch.enable_grad():
            at = _Point(args, argnums)
            made = func(*at.args, **kwargs)
            outputs, spec = tree_flatten(made[0] if has_aux else made)
            found = tree_unflatten([at.shaped(of_each(each, at.leaves)) for each in outputs], spec)
        return (found, made[1]) if has_aux else found

    return computed


def jacrev(func, argnums=0, has_aux=False, *, chunk_size=None, _preallocate_and_copy=False):
    return _jacobian(func, argnums, has_aux, _rows)


def jacfwd(func, argnums=0, has_aux=False, *, randomness="error"):
    _native.note("`torch.func.jacfwd`", "the work of derivatives in forward mode is not counted")
    return _jacobian(func, argnums, has_aux, _uncounted)


def hessian(func, argnums=0):
    return jacfwd(jacrev(func, argnums), argnums)


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    _native.note("`torch.func.jvp`", "the work of derivatives in forward mode is not counted")
    made = func(*primals)
    outputs = made[0] if has_aux else made
    found = tree_map(torch.empty_like, outputs)
    return (outputs, found, made[1]) if has_aux else (outputs, found)


def linearize(func, *primals):
    output = func(*primals)
    return output, lambda *tangents: jvp(func, primals, tangents)[1]
