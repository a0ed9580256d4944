"""Writes what real PyTorch does into the fixtures under test/ops.

Run from the repository root with a Python that has torch:  python3 server/tools/record-ops.py [FILE ...]

In every block fenced by ```ops, a line is a Python expression and the indented line below it what it gives: the shape,
dtype and strides of the result (values too when no placeholder is used), the ops dispatched that are no views, and the
multiply-accumulates of convolutions and matrix products; with a `g32` placeholder, which wants a gradient, also the
bytes of all storages that autograd keeps for backward. Blocks fenced by ```results tell shape, dtype, strides and MACs
alone: for what is one op here and several in torch, or of another name. An expectation that starts with "by hand:" is left alone: it
is for what this torch does not have, derived from the documented definition.
"""

import glob
import math
import re
import sys
import warnings

import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

warnings.simplefilter("ignore")
torch.set_num_threads(1)


class Placeholder:
    """`f32[2, 3]` is a tensor of that dtype and shape whose elements do not matter."""

    def __init__(self, dtype, grad=False):
        self.dtype = dtype
        self.grad = grad

    def __getitem__(self, shape):
        shape = shape if isinstance(shape, tuple) else (shape,)
        tensor = torch.ones(shape, dtype=self.dtype)
        return tensor.requires_grad_() if self.grad else tensor


NAMES = {
    "torch": torch,
    "F": F,
    "math": math,
    "inf": math.inf,
    "f16": Placeholder(torch.float16),
    "bf16": Placeholder(torch.bfloat16),
    "f32": Placeholder(torch.float32),
    "f64": Placeholder(torch.float64),
    "c64": Placeholder(torch.complex64),
    "i64": Placeholder(torch.int64),
    "i32": Placeholder(torch.int32),
    "u8": Placeholder(torch.uint8),
    "b": Placeholder(torch.bool),
    "g32": Placeholder(torch.float32, True),
    "g16": Placeholder(torch.float16, True),
}
try:
    import torchvision

    NAMES["torchvision"] = torchvision
except ImportError:
    pass

FREE = {"promote_types", "can_cast", "result_type", "squeeze_", "_local_scalar_dense", "scalar_tensor", "_unsafe_view", "_reshape_alias", "detach", "lift_fresh", "alias", "empty", "lift_fresh_copy"}


def conv_macs(args, out):
    x, w, transposed, groups = args[0], args[1], args[6], args[8]
    inner = w.shape[1] * math.prod(w.shape[2:])
    return (x.numel() if transposed else out.numel()) * inner


MACS = {
    "convolution": conv_macs,
    "mm": lambda a, o: o.numel() * a[0].shape[1],
    "addmm": lambda a, o: o.numel() * a[1].shape[1],
    "bmm": lambda a, o: o.numel() * a[0].shape[2],
    "baddbmm": lambda a, o: o.numel() * a[1].shape[2],
    "addbmm": lambda a, o: a[1].numel() * a[2].shape[2],
    "addbmm_": lambda a, o: a[1].numel() * a[2].shape[2],
    "addmv_": lambda a, o: a[1].numel(),
    "addmm_": lambda a, o: o.numel() * a[1].shape[1],
    "baddbmm_": lambda a, o: o.numel() * a[1].shape[2],
    "conv_tbc": lambda a, o: o.numel() * a[1].shape[0] * a[1].shape[1],
    "addmv": lambda a, o: a[1].numel(),
    "mv": lambda a, o: a[0].numel(),
    "dot": lambda a, o: a[0].numel(),
    "vdot": lambda a, o: a[0].numel(),
    "_convolution": conv_macs,
}


class Recorder(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.ops = []
        self.macs = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        name = func._schema.name.split("::")[1]
        returns = func._schema.returns
        view = any(r.alias_info is not None and not r.alias_info.is_write for r in returns)
        if not view and name not in FREE:
            self.ops.append(name)
        if name in MACS:
            self.macs += MACS[name](args, out)
        return out


def describe(value, concrete):
    if isinstance(value, torch.Tensor):
        text = f"{str(value.dtype)[6:]}{list(value.shape)}"
        if not value.is_contiguous():
            text += f" strides {list(value.stride())}"
        if concrete and value.numel() <= 24 and not value.is_complex():
            text += f" = {[round(x, 5) if isinstance(x, float) else x for x in value.flatten().tolist()]}"
        return text
    if isinstance(value, (tuple, list)) and not isinstance(value, torch.Size):
        return "(" + ", ".join(describe(v, concrete) for v in value) + ")"
    if isinstance(value, torch.Size):
        return str(list(value))
    if isinstance(value, torch.dtype):
        return str(value)
    return repr(value)


def record(expression, brief):
    concrete = not brief and re.search(r"\b(f16|bf16|f32|f64|c64|i64|i32|u8|b|g32|g16)\[|rand|bernoulli|dropout", expression) is None
    recorder = Recorder()
    try:
        code = compile(expression, "<fixture>", "eval")
        kept = {}

        def pack(tensor):
            size = tensor.numel() * tensor.element_size()
            kept[tensor.storage().data_ptr()] = max(size, kept.get(tensor.storage().data_ptr(), 0))
            return tensor

        wanted = re.search(r"\bg(32|16)\[", expression) is not None
        with torch.set_grad_enabled(wanted), torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
            inputs = {}
            scope = dict(NAMES)
            for i, found in enumerate(dict.fromkeys(re.findall(r"\b(?:f16|bf16|f32|f64|c64|i64|i32|u8|b|g32|g16)\[[^\]]*\]", expression))):
                inputs[found] = eval(found, NAMES)
            for i, (found, tensor) in enumerate(inputs.items()):
                scope[f"_{i}"] = tensor
                expression = re.sub(r"(?<![\w])" + re.escape(found), f"_{i}", expression)
            with recorder:
                value = eval(expression, scope)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0].strip() if str(error) else ''}"
    text = describe(value, concrete)
    if recorder.ops and not brief:
        text += f"; ops {' '.join(recorder.ops)}"
    if recorder.macs:
        text += f"; macs {recorder.macs}"
    if kept and not brief:
        text += f"; saves {sum(kept.values())}"
    return text


def rewrite(path):
    out, inside, lines, skip, count = [], False, open(path).read().split("\n"), False, 0
    for i, line in enumerate(lines):
        if skip:
            skip = False
            continue
        out.append(line)
        if line.startswith("```"):
            inside = line.strip().removeprefix("```") if line.strip() in ("```ops", "```results") else False
        elif inside and line.strip() and not line.startswith(" "):
            below = lines[i + 1] if i + 1 < len(lines) and lines[i + 1].startswith(" ") else None
            if below is not None and below.strip().startswith("by hand:"):
                continue
            out.append("    " + record(line, inside == "results"))
            skip = below is not None
            count += 1
    open(path, "w").write("\n".join(out))
    return count


for path in sys.argv[1:] or sorted(glob.glob("test/ops/*.md")):
    print(path, rewrite(path))
