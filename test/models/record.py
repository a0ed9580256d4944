"""Records parameters, buffers, MACs and output shapes of models from real PyTorch.

Usage: record.py FILE... > expected.json   each FILE says what to build in `MODELS`: name -> (build, inputs), and
                                            `READS_VALUES = True` when what runs depends on values of tensors
       record.py --torchvision > torchvision.json
       record.py --detection > detection.json   the parts that do not depend on what is in the image
MACs are those of convolutions and matrix products as torch dispatches them.
"""
import json
import runpy
import sys

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nested._internal.nested_tensor import NestedTensor
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten


def prod(sizes):
    total = 1
    for size in sizes:
        total *= size
    return total


# Made of others; below a nested tensor they come undivided.
COMPOSITE = (aten.linear, aten.matmul)


def flat(values):
    for each in values:
        if isinstance(each, (list, tuple)):
            yield from flat(each)
        else:
            yield each


def nested_macs(packet, args):
    """Of strided nested tensors, whose kernels hide their products."""
    if packet in (aten.bmm, aten.matmul):
        return sum(prod(a.shape) * b.shape[-1] for a, b in zip(args[0].unbind(), args[1].unbind()))
    if packet is aten.linear:
        return sum(prod(each.shape) * args[1].shape[0] for each in args[0].unbind())
    return 0


class Count(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.macs = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        packet = func._overloadpacket
        # Inside of a nested tensor no mode counts: it is asked for what it is made of, of which this one is told.
        if any(isinstance(each, NestedTensor) for each in flat(args)):
            with self:
                return NestedTensor.__torch_dispatch__(func, types, args, kwargs or {})
        is_nested = any(isinstance(each, torch.Tensor) and each.is_nested for each in flat(args))
        if packet in COMPOSITE and not is_nested:
            with self:
                return func.decompose(*args, **(kwargs or {}))
        out = func(*args, **(kwargs or {}))
        if is_nested:
            self.macs += nested_macs(packet, args)
        elif packet is aten.convolution:
            x, w, transposed = args[0], args[1], args[6]
            grid = x.shape if transposed else out.shape
            self.macs += grid[0] * prod(grid[2:]) * prod(w.shape)
        elif packet is aten.convolution_backward:
            grad, x, w, transposed, mask = args[0], args[1], args[2], args[7], args[10]
            grid = x.shape if transposed else grad.shape
            self.macs += grid[0] * prod(grid[2:]) * prod(w.shape) * (int(mask[0]) + int(mask[1]))
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


def run(model, inputs, device=None):
    """What the model holds is counted before it moves: `to("meta")` makes two of a parameter that two modules share."""
    held = {
        "parameters": sum(p.numel() for p in model.parameters()),
        "buffers": sum(b.numel() for b in model.buffers()),
    }
    if device is not None:
        model = model.to(device)
        inputs = [each.to(device) for each in inputs]
    # With gradients: nn.MultiheadAttention's fused inference kernel would hide its products.
    with Count() as count:
        return held, model(*inputs), count


def measure(build, inputs, real=False):
    """Fake tensors spare the arithmetic; code that reads values needs real ones."""
    try:
        if real:
            raise NotImplementedError("branches on values")
        with FakeTensorMode():
            held, out, count = run(build().eval(), inputs())
    except Exception:
        try:
            if real:
                raise
            held, out, count = run(build().eval(), inputs(), "meta")
        except Exception:
            held, out, count = run(build().eval(), inputs())
    return {
        "inputs": [spec(each) for each in inputs()],
        **held,
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


def macs_of(module, *args):
    with Count() as count:
        out = module(*args)
    return out, count.macs


def meta(*size):
    return torch.empty(size, device="meta")


def detection_parts(model, image):
    """MACs of the submodules of a detector: heads of regions for as many regions as the settings allow at most."""
    images, _ = model.transform([image])
    model.to("meta")
    features, backbone = macs_of(model.backbone, images.tensors.to("meta"))
    maps = list(features.values())
    if not hasattr(model, "roi_heads"):
        return {"backbone": backbone, "head": macs_of(model.head, maps)[1]}
    parts = {"backbone": backbone, "rpn.head": macs_of(model.rpn.head, maps)[1]}
    heads = model.roi_heads
    regions = model.rpn.post_nms_top_n()
    for name, count, size in [("box", regions, 7), ("mask", heads.detections_per_img, 14), ("keypoint", heads.detections_per_img, 14)]:
        head = getattr(heads, name + "_head", None)
        if head is None:
            continue
        out, parts[f"roi_heads.{name}_head"] = macs_of(head, meta(count, model.backbone.out_channels, size, size))
        predictor = getattr(heads, name + "_predictor")
        parts[f"roi_heads.{name}_predictor"] = macs_of(predictor, out)[1]
    return parts


def detection_models():
    from torchvision.models import detection

    found = {}
    for name in sorted(detection.__dict__):
        fn = getattr(detection, name)
        if not callable(fn) or isinstance(fn, type) or not name.startswith(("faster", "mask", "keypoint", "retina", "fcos", "ssd")):
            continue
        model = fn(weights=None, weights_backbone=None).eval()
        found[name] = {
            "parameters": sum(p.numel() for p in model.parameters()),
            "buffers": sum(b.numel() for b in model.buffers()),
            "parts": detection_parts(model, torch.zeros(3, 480, 640)),
        }
    return found


def main(argv):
    found = {}
    if argv == ["--detection"]:
        json.dump(detection_models(), sys.stdout, indent=1)
        return
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
        module = runpy.run_path(path)
        for name, (build, inputs) in module["MODELS"].items():
            found[path + ":" + name] = measure(build, inputs, module.get("READS_VALUES", False))
    json.dump(found, sys.stdout, indent=1)


main(sys.argv[1:])
