"""Milliseconds that PyTorch takes to build torchvision models on the meta device and to count their products.

Usage: pytorch.py BUILDER...   prints {builder: {"wall": [...], "cpu": [...], "macs": n}}
"""
import json
import sys
import time

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision import models

aten = torch.ops.aten
factories = {torch.empty, torch.zeros, torch.ones, torch.randn, torch.rand, torch.full, torch.arange, torch.tensor}


def prod(sizes):
    total = 1
    for size in sizes:
        total *= size
    return total


class OnMeta(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func in factories and kwargs.get("device") is None:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)


class Count(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.macs = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        packet = func._overloadpacket
        if packet is aten.convolution:
            self.macs += prod(out.shape) * prod(args[1].shape[1:])
        elif packet is aten.mm:
            self.macs += prod(args[0].shape) * args[1].shape[1]
        elif packet is aten.addmm:
            self.macs += prod(args[1].shape) * args[2].shape[1]
        elif packet is aten.bmm:
            self.macs += prod(args[0].shape) * args[1].shape[2]
        elif packet is aten.baddbmm:
            self.macs += prod(args[1].shape) * args[2].shape[2]
        return out


def once(name):
    wall, cpu = time.perf_counter(), time.process_time()
    with OnMeta():
        model = getattr(models, name)().eval()
        with Count() as count:
            model(torch.randn(1, 3, 224, 224))
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000, count.macs


found = {}
for builder in sys.argv[1:]:
    try:
        once(builder)
        runs = [once(builder) for _ in range(5)]
        found[builder] = {"wall": [r[0] for r in runs], "cpu": [r[1] for r in runs], "macs": runs[0][2]}
    except Exception as error:
        print(builder, type(error).__name__, str(error)[:200], file=sys.stderr)
json.dump(found, sys.stdout)
