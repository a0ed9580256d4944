"""Weights of checkpoints change no shape: none are loaded."""
from _ecocompute_std import unknown


def load_pretrained(model, *args, **kwargs):
    return None


load_checkpoint = load_custom_pretrained = load_pretrained


def checkpoint_seq(functions, x, every=1, flatten=False, skip_last=False, preserve_rng_state=True):
    for fn in functions:
        x = fn(x)
    return x


def named_apply(fn, module, name="", depth_first=True, include_root=False):
    for key, child in module.named_children():
        path = ".".join((name, key)) if name else key
        named_apply(fn, child, path, depth_first, True)
    if include_root:
        fn(module=module, name=name)
    return module


def __getattr__(name):
    return unknown("package `timm` was not found")
