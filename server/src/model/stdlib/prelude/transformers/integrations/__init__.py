from _ecocompute_std import unknown


def _identity(*args, **kwargs):
    return lambda obj: obj


use_kernel_forward_from_hub = _identity
use_kernel_func_from_hub = _identity
use_kernelized_func = _identity
use_kernel_func_from_hub_with_fallback = _identity
use_experts_implementation = lambda cls=None, **kwargs: cls if cls is not None else (lambda obj: obj)


def is_deepspeed_zero3_enabled():
    return False


def is_fsdp_managed_module(module):
    return False


def is_fsdp_enabled():
    return False


class PeftAdapterMixin:
    pass


def __getattr__(name):
    return unknown("`transformers.integrations." + name + "`")
