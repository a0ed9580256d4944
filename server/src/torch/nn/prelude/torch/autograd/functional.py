"""Derivatives of functions, by as many backward passes as torch runs."""
import torch

from . import grad as _grad


def _variables(inputs, create_graph):
    given = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    made = [
        each.view_as(each) if create_graph and each.requires_grad else each.detach().requires_grad_()
        for each in given
    ]
    return tuple(made), not isinstance(inputs, (tuple, list))


def _tuple(values):
    return values if isinstance(values, tuple) else (values,)


def _derived(outputs, inputs, directions=None, create_graph=False):
    return _grad(
        outputs, inputs, directions, retain_graph=True, create_graph=create_graph, materialize_grads=True
    )


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    with torch.enable_grad():
        variables, is_one = _variables(inputs, create_graph)
        outputs = func(*variables)
        found = []
        for output in _tuple(outputs):
            flat = output.reshape(-1)
            rows = [_derived([flat[i]], variables, None, create_graph) for i in range(flat.numel())]
            columns = [
                torch.stack(column).view(output.size() + of.size()) for column, of in zip(zip(*rows), variables)
            ]
            found.append(columns[0] if is_one else tuple(columns))
    return tuple(found) if isinstance(outputs, tuple) else found[0]


def hessian(func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"):
    return jacobian(lambda *each: _rows(func, each, isinstance(inputs, torch.Tensor)), inputs, create_graph)


def _rows(func, each, is_one):
    return jacobian(func, each[0] if is_one else each, create_graph=True)


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    with torch.enable_grad():
        variables, is_one = _variables(inputs, create_graph)
        outputs = func(*variables)
        directions = None if v is None else list(_tuple(v))
        found = _derived(list(_tuple(outputs)), variables, directions, create_graph)
    return outputs, found[0] if is_one else found


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    with torch.enable_grad():
        variables, is_one = _variables(inputs, create_graph)
        outputs = func(*variables)
        made = list(_tuple(outputs))
        directions = [torch.zeros_like(each, requires_grad=True) for each in made]
        first = _derived(made, variables, directions, True)
        given = [torch.ones_like(each) for each in first] if v is None else list(_tuple(v))
        found = _derived(list(first), directions, given, create_graph)
    return outputs, found if isinstance(outputs, tuple) else found[0]


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    with torch.enable_grad():
        variables, is_one = _variables(inputs, create_graph)
        output = func(*variables)
        first = _derived([output], variables, None, True)
        given = [torch.ones_like(each) for each in first] if v is None else list(_tuple(v))
        found = _derived(list(first), variables, given, create_graph)
    return output, found[0] if is_one else found


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    with torch.enable_grad():
        variables, is_one = _variables(inputs, create_graph)
        output = func(*variables)
        first = _derived([output], variables, None, True)
        directions = [torch.zeros_like(each, requires_grad=True) for each in variables]
        second = _derived(list(first), variables, directions, True)
        given = [torch.ones_like(each) for each in directions] if v is None else list(_tuple(v))
        found = _derived(list(second), directions, given, create_graph)
    return output, found[0] if is_one else found
