"""Records parameters, buffers, MACs and output shapes of models from real PyTorch.

Usage: record.py FILE... > expected.json   each FILE says what to build in `MODELS`: name -> (build, inputs)
       record.py --torchvision > torchvision.json
MACs are those of convolutions and matrix products as torch dispatches them.
"""
import json
import runpy
import sys

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten


def prod(sizes):
    total = 1
    for size in sizes:
        total *= size
    return total


class Count(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.macs = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        packet = func._overloadpacket
        if packet is aten.convolution:
            x, w, transposed = args[0], args[1], args[6]
            grid = x.shape if transposed else out.shape
            self.macs += grid[0] * prod(grid[2:]) * prod(w.shape)
        elif packet is aten.mm:
            self.macs += prod(args[0].shape) * args[1].shape[1]
        elif packet is aten.addmm:
            self.macs += prod(args[1].shape) * args[2].shape[1]
        elif packet in (aten.mv, aten.dot):
            self.macs += prod(args[0].shape)
        elif packet is aten.bmm:
            self.macs += prod(args[0].shape) * args[1].shape[2]
        elif packet is aten.baddbmm:
            self.macs += prod(args[1].shape) * args[2].shape[2]
        return out


def shapes(out):
    if isinstance(out, torch.Tensor):
        return list(out.shape)
    if isinstance(out, dict):
        return {str(key): shapes(value) for key, value in out.items()}
    if isinstance(out, (list, tuple)):
        return [shapes(value) for value in out]
    return None


def spec(tensor):
    return f"{str(tensor.dtype)[6:]}[{', '.join(map(str, tensor.shape))}]"


def run(model, inputs):
    # With gradients: nn.MultiheadAttention's fused inference kernel would hide its products.
    with Count() as count:
        return model, model(*inputs), count


def measure(build, inputs):
    """Fake tensors spare the arithmetic; code that reads values while it builds needs real ones."""
    try:
        with FakeTensorMode():
            model, out, count = run(build().eval(), inputs())
    except Exception:
        try:
            model, out, count = run(build().eval().to("meta"), [each.to("meta") for each in inputs()])
        except Exception:
            model, out, count = run(build().eval(), inputs())
    return {
        "inputs": [spec(each) for each in inputs()],
        "parameters": sum(p.numel() for p in model.parameters()),
        "buffers": sum(b.numel() for b in model.buffers()),
        "macs": count.macs,
        "output": shapes(out),
    }


def torchvision_models():
    from torchvision import models

    tables = {
        "": (models, lambda name: [(1, 3, 299, 299) if name == "inception_v3" else (1, 3, 224, 224)]),
        "segmentation.": (models.segmentation, lambda name: [(1, 3, 224, 224)]),
        "video.": (models.video, lambda name: [(1, 3, 16, 224, 224) if "mvit" in name else (1, 3, 16, 112, 112)]),
        "optical_flow.": (models.optical_flow, lambda name: [(1, 3, 128, 128), (1, 3, 128, 128)]),
    }
    for prefix, (module, shape) in tables.items():
        for name in sorted(dir(module)):
            fn = getattr(module, name)
            if not name.islower() or not callable(fn) or isinstance(fn, type) or name.startswith(("_", "get_", "list_")):
                continue
            if not getattr(fn, "__module__", "").startswith("torchvision.models"):
                continue
            yield prefix + name, fn, shape(name)


def main(argv):
    found = {}
    if argv == ["--torchvision"]:
        for name, fn, sizes in torchvision_models():
            weights = {"weights_backbone": None} if name.startswith("segmentation.") else {}
            try:
                made = measure(lambda: fn(weights=None, **weights), lambda: [torch.empty(size) for size in sizes])
            except Exception as error:
                print(name, type(error).__name__, str(error)[:200], file=sys.stderr)
                continue
            found[name] = made
    for path in argv if argv != ["--torchvision"] else []:
        for name, (build, inputs) in runpy.run_path(path)["MODELS"].items():
            found[path + ":" + name] = measure(build, inputs)
    json.dump(found, sys.stdout, indent=1)


main(sys.argv[1:])
