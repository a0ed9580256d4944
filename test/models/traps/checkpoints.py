"""Weights loaded from a file: what prepares them decides no size, until it does."""
import logging
import os
import re
import tempfile
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn


def body():
    net = nn.Sequential(OrderedDict(a=nn.Linear(8, 6), b=nn.BatchNorm1d(6), c=nn.Linear(6, 4)))
    net.pos = nn.Parameter(torch.zeros(1, 4, 6))
    return net


def saved():
    file = tempfile.mktemp()
    torch.save({"state_dict": {"module." + k: v for k, v in body().state_dict().items()}, "depth": 3}, file)
    return file


def key_chosen():
    net = body()
    checkpoint = torch.load(saved(), map_location="cpu")
    if "state_dict" in checkpoint:
        state = checkpoint["state_dict"]
    elif "model" in checkpoint:
        state = checkpoint["model"]
    else:
        state = checkpoint
    net.load_state_dict({k[7:]: v for k, v in state.items()})
    return net


def prefix_removed():
    net = body()
    new = OrderedDict()
    for k, v in torch.load(saved())["state_dict"].items():
        if k.startswith("module."):
            name = k[7:]
        else:
            name = k
        new[name] = v
    net.load_state_dict(new)
    return net


def filtered_by_shape():
    net = body()
    own = net.state_dict()
    found = {k.replace("module.", ""): v for k, v in torch.load(saved())["state_dict"].items()}
    found = {k: v for k, v in found.items() if k in own and v.shape == own[k].shape and "c." not in k}
    own.update(found)
    net.load_state_dict(own)
    return net


def copied_one_by_one():
    net = body()
    own = net.state_dict()
    for name, param in torch.load(saved())["state_dict"].items():
        name = name.replace("module.", "")
        if name not in own:
            print("no", name)
            continue
        if isinstance(param, nn.Parameter):
            param = param.data
        try:
            own[name].copy_(param)
        except Exception:
            raise RuntimeError("While copying {}".format(name))
    return net


def head_removed():
    net = body()
    state = {k[7:]: v for k, v in torch.load(saved())["state_dict"].items()}
    for k in ["c.weight", "c.bias"]:
        if k in state and state[k].shape[0] != 4:
            print(f"Removing {k}")
            del state[k]
    message = net.load_state_dict(state, strict=False)
    assert not message.unexpected_keys
    return net


def renamed_by_pattern():
    net = body()
    state = torch.load(saved())["state_dict"]
    pattern = re.compile(r"^module\.(.*)$")
    for key in list(state.keys()):
        res = pattern.match(key)
        if res:
            state[res.group(1)] = state[key]
            del state[key]
    net.load_state_dict(state)
    return net


def positions_resized():
    net = body()
    state = {k[7:]: v for k, v in torch.load(saved())["state_dict"].items()}
    old = state["pos"]
    n, size, channels = old.shape
    grid, new = int(size**0.5), int(net.pos.shape[1] ** 0.5)
    if grid != new:
        old = F.interpolate(old.reshape(-1, grid, grid, channels).permute(0, 3, 1, 2), size=(new, new), mode="bicubic")
        state["pos"] = old.permute(0, 2, 3, 1).flatten(1, 2)
    net.load_state_dict(state, strict=False)
    return net


class Loads(nn.Module):
    def __init__(self, pretrained):
        super().__init__()
        self.a = nn.Linear(8, 6)
        self.b = nn.BatchNorm1d(6)
        self.c = nn.Linear(6, 4)
        self.pos = nn.Parameter(torch.zeros(1, 4, 6))
        if isinstance(pretrained, str) and os.path.isfile(pretrained):
            loaded = torch.load(pretrained, map_location=lambda storage, loc: storage)
            logging.getLogger(__name__).info("=> loading %s", pretrained)
            loaded = loaded["state_dict"] if "state_dict" in loaded else loaded
            own, found, skipped = self.state_dict(), {}, []
            for k in loaded:
                key = k[7:]
                if key in own and loaded[k].size() == own[key].size():
                    found[key] = loaded[k]
                else:
                    skipped.append(k)
            logging.info("skipped %d", len(skipped))
            own.update(found)
            self.load_state_dict(own)

    def forward(self, x):
        return self.c(self.b(self.a(x)))


def loaded_where_there():
    return Loads("checkpoint.pt")


def widths_from_weights():
    widths = []
    for name, value in torch.load(saved())["state_dict"].items():
        if name.endswith("a.weight"):
            widths.append(value.shape[0])
    return nn.Linear(8, widths[0])


def layers_by_weights():
    net = nn.Sequential()
    for name in torch.load(saved())["state_dict"]:
        net.add_module(name.replace(".", "_"), nn.Linear(8, 8))
    return net


def depth_from_checkpoint():
    depth = 1
    checkpoint = torch.load(saved())
    if "depth" in checkpoint:
        depth = checkpoint["depth"]
    return nn.Sequential(*[nn.Linear(8, 8) for _ in range(depth)])


def settings_updated():
    settings = {"width": 8}
    settings.update({k: v for k, v in torch.load(saved()).items() if k == "depth"})
    return nn.Linear(8, settings.get("depth", 8))


def weights_replaced():
    net = body()
    for name, value in torch.load(saved())["state_dict"].items():
        if name.endswith("c.weight"):
            net.c.weight = nn.Parameter(value[:2])
            net.c.bias = None
    return net


def inflated():
    """Weights of single pixels are repeated along a row, as networks of videos begin with those of images."""
    net = nn.Sequential(OrderedDict(u=nn.Unflatten(1, (2, 4)), a=nn.Conv1d(2, 4, 3), b=nn.BatchNorm1d(4)))
    file = tempfile.mktemp()
    torch.save(nn.Sequential(OrderedDict(a=nn.Linear(2, 4), b=nn.BatchNorm1d(4))).state_dict(), file)
    own, old, state = net.state_dict(), torch.load(file), OrderedDict()
    unused = [k for k in old.keys()]
    for key, value in old.items():
        if key in own:
            if value.ndimension() == 2 and "weight" in key:
                value = torch.unsqueeze(value, 2)
                times = torch.ones(own[key].ndimension(), dtype=torch.int)
                times[2] = own[key].size(2)
                value = value.repeat(times.tolist()).div_(own[key].size(2))
            elif value.is_floating_point():
                value = value.mul(1.0).sub(value.mean()).add_(value.norm())
            state[key] = value
            unused.remove(key)
    net.load_state_dict(state, strict=False)
    return net


def width_of_a_loop():
    """The same methods, and a width that is left when the loop ends."""
    width = 8
    for key, value in torch.load(saved())["state_dict"].items():
        if value.ndimension() == 2 and value.abs().norm().mul(0).add(1).tolist() > 0:
            width = value.size(0)
    return nn.Linear(8, width)


def x():
    return [torch.zeros(2, 8)]


MODELS = {
    f.__name__ + "()": (f, x)
    for f in (
        key_chosen,
        prefix_removed,
        filtered_by_shape,
        copied_one_by_one,
        head_removed,
        renamed_by_pattern,
        positions_resized,
        loaded_where_there,
        widths_from_weights,
        layers_by_weights,
        depth_from_checkpoint,
        settings_updated,
        weights_replaced,
        inflated,
        width_of_a_loop,
    )
}
READS_VALUES = True
