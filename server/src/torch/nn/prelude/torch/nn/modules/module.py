from collections import OrderedDict, namedtuple

import _ecocompute as _native
from _ecocompute_std import is_known


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    def __repr__(self):
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return "_IncompatibleKeys(missing_keys={!r}, unexpected_keys={!r})".format(self.missing_keys, self.unexpected_keys)


def _quoted(keys):
    return ", ".join('"' + key + '"' for key in keys)


class _Loaded:
    """What a state holds beside and against a module's own."""

    def __init__(self, module, state):
        own = module.state_dict()
        self.missing = [key for key in own if key not in state]
        self.unexpected = [key for key in state if key not in own]
        self.misfits = [
            "size mismatch for {}: copying a param with shape {} from checkpoint, the shape in current model is {}.".format(
                key, state[key].shape, own[key].shape
            )
            for key in own
            if key in state and not key.endswith("_extra_state") and _misfit(state[key], own[key])
        ]

    def errors(self, strict):
        found = []
        if strict and self.missing:
            found.append("Missing key(s) in state_dict: " + _quoted(self.missing) + ". ")
        if strict and self.unexpected:
            found.append("Unexpected key(s) in state_dict: " + _quoted(self.unexpected) + ". ")
        return found + self.misfits


def _misfit(given, own):
    if not is_known(given) or not isinstance(given, _native.Tensor):
        return False
    # One element fits where no dimension is asked for.
    if len(own.shape) == 0 and len(given.shape) == 1:
        return False
    differs = given.shape != own.shape
    return is_known(differs) and differs


class RemovableHandle:
    def __init__(self, hooks, key):
        self.hooks = hooks
        self.id = key

    def remove(self):
        self.hooks.pop(self.id, None)


def register_module_forward_hook(hook, **kwargs):
    _native.note("`register_module_forward_hook`", "hooks of all modules are not run")
    return RemovableHandle({}, 0)


def register_module_forward_pre_hook(hook):
    _native.note("`register_module_forward_pre_hook`", "hooks of all modules are not run")
    return RemovableHandle({}, 0)


def register_module_full_backward_hook(hook):
    return RemovableHandle({}, 0)


class Module:
    training = True
    dump_patches = False
    _version = 1
    call_super_init = False
    _state_is_hooked = False
    _hook_count = 0

    __init__ = _native.module_init
    __call__ = _native.module_call
    _call_impl = _native.module_call
    __setattr__ = _native.module_setattr
    __getattr__ = _native.module_getattr

    register_buffer = _native.module_register_buffer
    register_parameter = _native.module_register_parameter
    add_module = _native.module_add_module

    def register_module(self, name, module):
        self.add_module(name, module)

    def get_submodule(self, target):
        module = self
        if target == "":
            return module
        for part in target.split("."):
            if not hasattr(module, part):
                raise AttributeError(type(module).__name__ + " has no attribute `" + part + "`")
            module = getattr(module, part)
            if not isinstance(module, Module):
                raise AttributeError("`" + part + "` is not an nn.Module")
        return module

    def set_submodule(self, target, module, strict=False):
        path, _, name = target.rpartition(".")
        setattr(self.get_submodule(path), name, module)

    def get_parameter(self, target):
        path, _, name = target.rpartition(".")
        return getattr(self.get_submodule(path), name)

    def get_buffer(self, target):
        path, _, name = target.rpartition(".")
        return getattr(self.get_submodule(path), name)

    def _apply(self, fn, recurse=True):
        return self

    def apply(self, fn):
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _cast(self, dtype):
        for tensor in [*self.parameters(), *self.buffers()]:
            if tensor.is_floating_point():
                _native.tensor_cast(tensor, dtype)
        return self

    def _move(self, device):
        for tensor in [*self.parameters(), *self.buffers()]:
            _native.to_device(tensor, device)
        return self

    def cuda(self, device=None):
        return self._move("cuda" if device is None or isinstance(device, int) else device)

    def cpu(self):
        return self._move("cpu")

    def xpu(self, device=None):
        return self._move("xpu")

    def type(self, dst_type):
        return self._cast(dst_type)

    def float(self):
        return self._cast(_native.dtype_named("float32"))

    def double(self):
        return self._cast(_native.dtype_named("float64"))

    def half(self):
        return self._cast(_native.dtype_named("float16"))

    def bfloat16(self):
        return self._cast(_native.dtype_named("bfloat16"))

    def to_empty(self, *, device, recurse=True):
        return self._move(device)

    def to(self, *args, device=None, dtype=None, non_blocking=False, memory_format=None):
        for each in args:
            if isinstance(each, _native.dtype):
                dtype = each
            elif isinstance(each, (str, _native.device)):
                device = each
            elif isinstance(each, _native.Tensor):
                dtype = each.dtype
                device = each.device
        if dtype is not None:
            self._cast(dtype)
        if device is not None:
            self._move(device)
        return self

    def register_full_backward_hook(self, hook, prepend=False):
        return RemovableHandle(self._backward_hooks, "none")

    def register_full_backward_pre_hook(self, hook, prepend=False):
        return RemovableHandle(self._backward_hooks, "none")

    def register_backward_hook(self, hook):
        return RemovableHandle(self._backward_hooks, "none")

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        self._hook_count += 1
        self._forward_pre_hooks[self._hook_count] = (hook, with_kwargs)
        if prepend:
            self._forward_pre_hooks.move_to_end(self._hook_count, last=False)
        return RemovableHandle(self._forward_pre_hooks, self._hook_count)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        self._hook_count += 1
        self._forward_hooks[self._hook_count] = (hook, with_kwargs)
        if prepend:
            self._forward_hooks.move_to_end(self._hook_count, last=False)
        return RemovableHandle(self._forward_hooks, self._hook_count)

    def _hook_state(self, hook, with_module=False):
        self._state_is_hooked = True
        return RemovableHandle({}, 0)

    register_state_dict_pre_hook = register_state_dict_post_hook = _register_state_dict_hook = _hook_state
    _register_load_state_dict_pre_hook = register_load_state_dict_pre_hook = _hook_state

    def register_load_state_dict_post_hook(self, hook):
        return RemovableHandle({}, 0)

    def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
        found = OrderedDict() if destination is None else destination
        for name, module in self.named_modules(prefix=prefix.rstrip("."), remove_duplicate=False):
            start = name + "." if name else ""
            for key, param in module._parameters.items():
                if param is not None:
                    found[start + key] = param
            for key, buffer in module._buffers.items():
                if buffer is not None and key not in module._non_persistent_buffers_set:
                    found[start + key] = buffer
            if module.__class__.get_extra_state is not Module.get_extra_state:
                found[start + "_extra_state"] = module.get_extra_state()
        return found

    def load_state_dict(self, state_dict, strict=True, assign=False):
        if not is_known(state_dict) or not isinstance(state_dict, dict) or self._loads_otherwise():
            return _IncompatibleKeys([], [])
        loaded = _Loaded(self, state_dict)
        errors = loaded.errors(strict)
        if len(errors) > 0:
            raise RuntimeError(
                "Error(s) in loading state_dict for {}:\n\t{}".format(self.__class__.__name__, "\n\t".join(errors))
            )
        for name, module in self.named_modules(remove_duplicate=False):
            if module.__class__.set_extra_state is not Module.set_extra_state:
                key = (name + "." if name else "") + "_extra_state"
                if key in state_dict:
                    module.set_extra_state(state_dict[key])
        return _IncompatibleKeys(loaded.missing, loaded.unexpected)

    def get_extra_state(self):
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called. "
            "Please file an issue at https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml "
            "to report this bug."
        )

    def set_extra_state(self, state):
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called. "
            "Please file an issue at https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml "
            "to report this bug."
        )

    def _slow_forward(self, *input, **kwargs):
        return self.forward(*input, **kwargs)

    def _loads_otherwise(self):
        return any([each._state_is_hooked or each._own_loading() for each in self.modules()])

    def _own_loading(self):
        return self.__class__._load_from_state_dict is not Module._load_from_state_dict

    def _load_from_state_dict(self, *args, **kwargs):
        return None

    def _save_to_state_dict(self, *args, **kwargs):
        return None

    def _named_members(self, members, prefix="", recurse=True, remove_duplicate=True):
        seen = set()
        modules = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        )
        for path, module in modules:
            for name, value in members(module):
                if value is None:
                    continue
                if remove_duplicate:
                    if id(value) in seen:
                        continue
                    seen.add(id(value))
                yield path + ("." if path else "") + name, value

    def parameters(self, recurse=True):
        return iter([param for _, param in self.named_parameters(recurse=recurse)])

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        return _native.named_members(self, "_parameters", prefix, recurse, remove_duplicate)

    def buffers(self, recurse=True):
        return iter([buffer for _, buffer in self.named_buffers(recurse=recurse)])

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        return _native.named_members(self, "_buffers", prefix, recurse, remove_duplicate)

    children = _native.module_children
    named_children = _native.module_named_children
    modules = _native.module_modules

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        return _native.named_modules(self, prefix, True, remove_duplicate)

    train = _native.module_train

    def eval(self):
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        for param in self.parameters():
            param.requires_grad = requires_grad
        return self

    def zero_grad(self, set_to_none=True):
        return None

    def share_memory(self):
        return self

    def compile(self, *args, **kwargs):
        return None

    def _get_name(self):
        return self.__class__.__name__

    def __setstate__(self, state):
        self.__dict__.update(state)

    def extra_repr(self):
        return ""

