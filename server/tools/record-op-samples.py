"""Writes test/ops/samples.txt: calls from PyTorch's own op database and layer tests, with what they give.

Run from the repository root with a Python that has torch:  python3 server/tools/record-op-samples.py

A line is a call, a tab, and what it gives: dtype, sizes and, where it is not contiguous, strides of the dimensions longer than
one; or `!` and the exception. `E(size, dtype, strides)` is a tensor of which nothing else is known. Results that depend on elements are left
out, and so are calls that only this version or only a CPU refuses.
"""

import io
import itertools
import math
import random
import re
import sys
import types
import unittest
import warnings

warnings.simplefilter("ignore")
stand_in = types.ModuleType("expecttest")
stand_in.ACCEPT = False
stand_in.TestCase = unittest.TestCase
sys.modules.setdefault("expecttest", stand_in)

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import module_db

torch.set_num_threads(1)
DTYPES = {torch.float32: 3, torch.int64: 1, torch.bool: 1, torch.complex64: 1}
# The result depends on elements; or it is what only this version does.
SKIPPED = re.compile(
    r"^(jiterator|masked\.|sparse|unique|nonzero|argwhere|bincount|allclose|equal|empty|new_empty|rand|as_strided|histogram|segment|item|tolist|multinomial|normal|bernoulli|uniform|exponential|geometric|cauchy|log_normal|nn\.functional\.(dropout|rrelu|feature_alpha|alpha_dropout|fractional|gumbel|triplet|max_unpool))"
)


class NoLiteral(Exception):
    pass


def literal(value):
    if isinstance(value, torch.Tensor):
        if value.layout != torch.strided or value.is_quantized:
            raise NoLiteral()
        strides = "" if value.is_contiguous() else f", {tuple(value.stride())}"
        return f"E({tuple(value.shape)}, {value.dtype}{strides})"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    if value is None or value is Ellipsis or isinstance(value, (bool, int, str, float)):
        return repr(value)
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + ("," if len(value) == 1 else "") + ")"
    if type(value) is list:
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, slice):
        return f"slice({literal(value.start)}, {literal(value.stop)}, {literal(value.step)})"
    if isinstance(value, (torch.dtype, torch.memory_format)):
        return str(value)
    raise NoLiteral()


def clone(value):
    if isinstance(value, torch.Tensor):
        return value.clone(memory_format=torch.preserve_format)
    if type(value) in (list, tuple):
        return type(value)(map(clone, value))
    return value


def describe(value):
    if isinstance(value, torch.Tensor):
        text = f"{str(value.dtype)[6:]}{list(value.shape)}"
        if not value.is_contiguous() and value.numel() > 0:
            text += f" strides {[step for size, step in zip(value.shape, value.stride()) if size > 1]}"
        return text
    if isinstance(value, torch.Size):
        return str(list(value))
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(describe, value)) + ")"
    return repr(value)


def resolve(path):
    found = torch
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def outcome(run):
    try:
        with torch.no_grad():
            return describe(run())
    except Exception as error:
        return f"!{type(error).__name__}"


def op_calls(info, taken):
    paths = [info.name, *(alias.name for alias in info.aliases)]
    for dtype, most in DTYPES.items():
        if dtype not in info.dtypes or (info.name.startswith("linalg") and dtype is not torch.float32):
            continue
        per_form = {}
        random.seed(0)
        torch.manual_seed(0)
        for sample in itertools.islice(info.sample_inputs("cpu", dtype, requires_grad=False), 60):
            try:
                first = literal(sample.input)
                rest = [literal(arg) for arg in sample.args]
                rest += [f"{name}={literal(arg)}" for name, arg in sample.kwargs.items()]
            except NoLiteral:
                continue
            for path in paths:
                forms = [(path, f"torch.{path}({', '.join([first, *rest])})", resolve(path))]
                if "." not in path and isinstance(sample.input, torch.Tensor):
                    for name in (path, path + "_"):
                        method = getattr(torch.Tensor, name, None)
                        if callable(method):
                            forms.append((name + "()", f"{first}.{name}({', '.join(rest)})", method))
                for form, call, fn in forms:
                    if fn is None or len(call) > 160 or call in taken or per_form.get(form, 0) >= most:
                        continue
                    taken.add(call)
                    per_form[form] = per_form.get(form, 0) + 1
                    kwargs = {name: clone(arg) for name, arg in sample.kwargs.items()}
                    yield call, outcome(lambda: fn(clone(sample.input), *map(clone, sample.args), **kwargs))


def layer_calls(info, taken):
    name = info.module_cls.__name__
    inputs = info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=False)
    for each in itertools.islice(inputs, 30):
        made, given = each.constructor_input, each.forward_input
        if given is None:
            continue
        try:
            settings = [literal(arg) for arg in made.args] + [f"{k}={literal(v)}" for k, v in made.kwargs.items()]
            passed = [literal(arg) for arg in given.args] + [f"{k}={literal(v)}" for k, v in given.kwargs.items()]
        except NoLiteral:
            continue
        call = f"torch.nn.{name}({', '.join(settings)}).eval()({', '.join(passed)})"
        if call not in taken and len(call) < 400:
            taken.add(call)
            yield call, outcome(lambda: info.module_cls(*made.args, **made.kwargs).eval()(*given.args, **given.kwargs))


lines, taken = [], set()
for info in sorted(op_db, key=lambda each: (each.name, each.variant_test_name)):
    if not SKIPPED.match(info.name):
        lines += op_calls(info, taken)
for info in module_db:
    if "Lazy" not in info.module_cls.__name__:
        lines += layer_calls(info, taken)
text = io.StringIO()
for call, given in lines:
    if "sparse" not in given and "Generator" not in call and not re.search(r"\b(True|False|-?\d+\.\d+)$", given):
        text.write(f"{call}\t{given}\n")
open("test/ops/samples.txt", "w").write(text.getvalue())
print(text.getvalue().count("\n"))
