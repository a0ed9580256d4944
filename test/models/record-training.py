"""Records what training and inference take in real PyTorch: work of the backward pass and memory.

Usage: record-training.py > training.json

`backwardMacs`: multiply-accumulates of the convolutions and matrix products that backward dispatches.
`savedBytes`: distinct memory that autograd keeps for backward, parameters and buffers apart.
`peakInferenceBytes`: memory of tensors alive at once without gradients, at the peak, parameters and buffers apart.
"""
import json
import sys
import weakref

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision import models

aten = torch.ops.aten


def prod(sizes):
    total = 1
    for size in sizes:
        total *= size
    return total


class Count(TorchDispatchMode):
    """Multiply-accumulates of what is dispatched."""

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
        elif packet is aten.convolution_backward:
            gradient, x, w, transposed, wanted = args[0], args[1], args[2], args[7], args[10]
            grid = x.shape if transposed else gradient.shape
            self.macs += (wanted[0] + wanted[1]) * grid[0] * prod(grid[2:]) * prod(w.shape)
        elif packet is aten.mm:
            self.macs += prod(args[0].shape) * args[1].shape[1]
        elif packet is aten.addmm:
            self.macs += prod(args[1].shape) * args[2].shape[1]
        elif packet is aten.bmm:
            self.macs += prod(args[0].shape) * args[1].shape[2]
        elif packet is aten.baddbmm:
            self.macs += prod(args[1].shape) * args[2].shape[2]
        return out


class Alive(TorchDispatchMode):
    """Bytes of the memory that is alive, by the tensors that hold it; `known` is counted apart."""

    def __init__(self, known, inputs):
        super().__init__()
        self.known = known
        self.holders = {}
        self.live = 0
        self.peak = 0
        for tensor in inputs:
            self.see(tensor)

    def see(self, tensor):
        storage = tensor.storage()
        key = storage.data_ptr()
        if key == 0 or key in self.known:
            return
        cell = self.holders.get(key)
        if cell is None:
            cell = self.holders[key] = {"count": 0, "bytes": storage.nbytes()}
            self.live += cell["bytes"]
            self.peak = max(self.peak, self.live)
        cell["count"] += 1
        weakref.finalize(tensor, self.drop, key)

    def drop(self, key):
        cell = self.holders[key]
        cell["count"] -= 1
        if cell["count"] == 0:
            del self.holders[key]
            self.live -= cell["bytes"]

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        given = {id(each) for each in torch.utils._pytree.tree_flatten((args, kwargs))[0]}
        out = func(*args, **(kwargs or {}))
        for each in torch.utils._pytree.tree_flatten(out)[0]:
            if isinstance(each, torch.Tensor) and id(each) not in given:
                self.see(each)
        return out


def state_of(model):
    return {each.storage().data_ptr() for each in [*model.parameters(), *model.buffers()]}


def total(output):
    """A number that depends on all of the output."""
    if isinstance(output, torch.Tensor):
        return output.sum()
    values = output.values() if isinstance(output, dict) else output
    return sum(total(each) for each in values if each is not None)


def measure(build, shape):
    torch.manual_seed(0)
    model, x = build().train(), torch.randn(shape)
    known, kept = state_of(model), {}

    def pack(tensor):
        storage = tensor.storage()
        if storage.data_ptr() not in known:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        total(model(x))
    # A pass of its own: torch 1.13 cannot unpack a saved number under a dispatch mode.
    loss = total(model(x))
    with Count() as backward:
        loss.backward()
    del loss
    model = model.eval()
    with torch.no_grad():
        with Alive(known, [x]) as alive:
            model(x)
    return {
        "input": f"float32[{', '.join(map(str, shape))}]",
        "backwardMacs": backward.macs,
        "savedBytes": sum(kept.values()),
        "peakInferenceBytes": alive.peak,
    }


def main(names):
    found = {}
    for name in names:
        build = getattr(models, name)
        try:
            found[name] = measure(lambda: build(weights=None), (2, 3, 224, 224))
        except Exception as error:
            print(name, type(error).__name__, str(error)[:300], file=sys.stderr)
    json.dump(found, sys.stdout, indent=1)
    print()


main(sys.argv[1:] or [
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "mnasnet1_0",
    "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "regnet_y_400mf", "resnet18", "resnet50",
    "resnext50_32x4d", "shufflenet_v2_x1_0", "squeezenet1_0", "swin_t", "vgg11_bn", "vit_b_16",
])
