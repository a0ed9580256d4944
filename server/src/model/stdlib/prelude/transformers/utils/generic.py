from collections import OrderedDict
from enum import Enum
from typing import TypedDict

import torch
from _ecocompute_std import unknown


class ExplicitEnum(str, Enum):
    pass


class PaddingStrategy(ExplicitEnum):
    LONGEST = "longest"
    MAX_LENGTH = "max_length"
    DO_NOT_PAD = "do_not_pad"


class TensorType(ExplicitEnum):
    PYTORCH = "pt"
    NUMPY = "np"


class TransformersKwargs(TypedDict):
    pass


LossKwargs = TransformersKwargs
KwargsForCausalLM = TransformersKwargs


class ModelOutput:
    """Fields that are `None` do not exist for iteration, as in transformers."""

    def _present(self):
        return [(name, value) for name, value in self.__dict__.items() if value is not None]

    def __getitem__(self, key):
        if isinstance(key, str):
            return dict(self._present())[key]
        return self.to_tuple()[key]

    def __setitem__(self, key, value):
        setattr(self, key, value)

    def __iter__(self):
        return iter([name for name, _ in self._present()])

    def __len__(self):
        return len(self._present())

    def __contains__(self, key):
        return any(name == key for name, _ in self._present())

    def keys(self):
        return [name for name, _ in self._present()]

    def values(self):
        return [value for _, value in self._present()]

    def items(self):
        return self._present()

    def get(self, key, default=None):
        value = getattr(self, key, None)
        return default if value is None else value

    def pop(self, key, default=None):
        value = getattr(self, key, default)
        setattr(self, key, None)
        return value

    def to_tuple(self):
        return tuple(self.values())


class ContextManagers:
    def __init__(self, managers):
        self.managers = managers

    def __enter__(self):
        for manager in self.managers:
            manager.__enter__()

    def __exit__(self, *args):
        for manager in self.managers:
            manager.__exit__(*args)


class OutputRecorder:
    def __init__(self, target_class, index=0, layer_name=None, class_name=None):
        self.target_class = target_class
        self.index = index


def can_return_tuple(func):
    def wrapper(self, *args, **kwargs):
        return_dict = kwargs.pop("return_dict", None)
        if return_dict is None:
            return_dict = getattr(self.config, "return_dict", True)
        output = func(self, *args, **kwargs)
        if not return_dict and not isinstance(output, tuple):
            output = output.to_tuple()
        return output

    wrapper.__wrapped__ = func
    return wrapper


def check_model_inputs(func=None, *, tie_last_hidden_states=True):
    def decorate(func):
        def wrapper(self, *args, **kwargs):
            use_cache = kwargs["use_cache"] if kwargs.get("use_cache") is not None else getattr(self.config, "use_cache", None)
            if use_cache is not None:
                kwargs["use_cache"] = use_cache
            return_dict = kwargs.pop("return_dict", None)
            if return_dict is None:
                return_dict = getattr(self.config, "return_dict", True)
            outputs = func(self, *args, **kwargs)
            return outputs if return_dict or isinstance(outputs, tuple) else outputs.to_tuple()

        wrapper.__wrapped__ = func
        return wrapper

    return decorate(func) if func is not None else decorate


def merge_with_config_defaults(func):
    def wrapper(self, *args, **kwargs):
        for name in ("use_cache", "vision_feature_layer", "vision_feature_select_strategy", "vision_aspect_ratio"):
            value = kwargs[name] if kwargs.get(name) is not None else getattr(self.config, name, None)
            if value is not None:
                kwargs[name] = value
        is_causal = kwargs.get("is_causal", getattr(self.config, "is_causal", None))
        if is_causal is None:
            return func(self, *args, **kwargs)
        had, before = hasattr(self.config, "is_causal"), getattr(self.config, "is_causal", None)
        self.config.is_causal = is_causal
        kwargs["is_causal"] = is_causal
        outputs = func(self, *args, **kwargs)
        if had:
            self.config.is_causal = before
        else:
            del self.config.is_causal
        return outputs

    wrapper.__wrapped__ = func
    return wrapper


def accepts_precomputed_kwargs(modality):
    return lambda func: func


def is_flash_attention_requested(*args, **kwargs):
    return False


def get_max_seqlen(cu_seqlens, config, kwargs=None, kwarg_name="max_seqlen"):
    return None if kwargs is None else kwargs.pop(kwarg_name, None)


def split_attention_implementation(implementation):
    return False, implementation


def maybe_autocast(*args, **kwargs):
    return torch.autocast(enabled=False)


def torch_int(x):
    return int(x)


def torch_float(x):
    return int(x)


def is_tensor(x):
    return isinstance(x, torch.Tensor)


def is_torch_tensor(x):
    return isinstance(x, torch.Tensor)


def filter_out_non_signature_kwargs(*args, **kwargs):
    return lambda fn: fn


def infer_framework(model_class):
    return "pt"


def can_return_loss(model_class):
    return False


def strtobool(value):
    return 1 if str(value).lower() in ("1", "true", "yes", "on", "t", "y") else 0


class GeneralInterface(dict):
    @classmethod
    def register(cls, key, value):
        return None


_CAN_RECORD_REGISTRY = {}


class cached_property:
    pass


from functools import cached_property


def is_timm_config_dict(config_dict):
    return False


def __getattr__(name):
    return unknown("`transformers.utils.generic." + name + "`")
