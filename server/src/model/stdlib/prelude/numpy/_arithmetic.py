"""Operators by name. Arrays of one dimension are lists, others are tensors."""
import math


def _operand(x):
    if not isinstance(x, (list, tuple)):
        return x
    from numpy import array

    return array(x)


def add(a, b):
    return _operand(a) + _operand(b)


def subtract(a, b):
    return _operand(a) - _operand(b)


def multiply(a, b):
    return _operand(a) * _operand(b)


def divide(a, b):
    return _operand(a) / _operand(b)


true_divide = divide


def floor_divide(a, b):
    return _operand(a) // _operand(b)


def mod(a, b):
    return _operand(a) % _operand(b)


def square(x):
    made = _operand(x)
    return made * made


def negative(x):
    return -_operand(x)


def matmul(a, b):
    from numpy import dot

    return dot(a, b)


def _each(x, number, tensor):
    if hasattr(x, "new_tensor") and not isinstance(x, (int, float, list, tuple)):
        return tensor(x)
    made = _operand(x)
    if isinstance(made, list):
        from numpy import array

        return array([number(each) for each in made])
    return number(made)


def tanh(x):
    return _each(x, math.tanh, lambda t: t.tanh())


def tan(x):
    return _each(x, math.tan, lambda t: t.tan())


def arctan(x):
    return _each(x, math.atan, lambda t: t.atan())


def deg2rad(x):
    return _each(x, math.radians, lambda t: t.deg2rad())


radians = deg2rad


def sign(x):
    return _each(x, lambda v: (v > 0) - (v < 0), lambda t: t.sign())
