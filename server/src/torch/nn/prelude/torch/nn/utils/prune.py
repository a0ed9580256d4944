"""A pruned weight is what a mask leaves of another one: it is multiplied anew before each call."""
import torch


class _Masked:
    def __init__(self, name):
        self.name = name

    def __call__(self, module, inputs):
        made = getattr(module, self.name + "_mask") * getattr(module, self.name + "_orig")
        setattr(module, self.name, made)


def _pruned(module, name):
    if not hasattr(module, name + "_mask"):
        weight = module._parameters.pop(name)
        module.register_parameter(name + "_orig", weight)
        module.register_buffer(name + "_mask", torch.empty_like(weight.detach()))
        module.register_forward_pre_hook(_Masked(name))
    setattr(module, name, getattr(module, name + "_mask") * getattr(module, name + "_orig"))
    return module


def identity(module, name):
    return _pruned(module, name)


def random_unstructured(module, name, amount):
    return _pruned(module, name)


def l1_unstructured(module, name, amount, importance_scores=None):
    return _pruned(module, name)


def random_structured(module, name, amount, dim):
    return _pruned(module, name)


def ln_structured(module, name, amount, n, dim, importance_scores=None):
    return _pruned(module, name)


def custom_from_mask(module, name, mask):
    return _pruned(module, name)


class BasePruningMethod:
    pass


class L1Unstructured(BasePruningMethod):
    pass


class RandomUnstructured(BasePruningMethod):
    pass


def global_unstructured(parameters, pruning_method, importance_scores=None, **kwargs):
    for module, name in parameters:
        _pruned(module, name)


def remove(module, name):
    for at, (hook, _) in list(module._forward_pre_hooks.items()):
        if isinstance(hook, _Masked) and hook.name == name:
            del module._forward_pre_hooks[at]
    weight = module._parameters.pop(name + "_orig")
    del module._buffers[name + "_mask"]
    if name in module.__dict__:
        delattr(module, name)
    module.register_parameter(name, weight)
    return module


def is_pruned(module):
    return any(isinstance(hook, _Masked) for each in module.modules() for hook, _ in each._forward_pre_hooks.values())
