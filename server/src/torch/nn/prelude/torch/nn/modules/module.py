from collections import OrderedDict, namedtuple

import _ecocompute as _native


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    pass


class RemovableHandle:
    def __init__(self, hooks, key):
        self.hooks = hooks
        self.id = key

    def remove(self):
        self.hooks.pop(self.id, None)


def register_module_forward_hook(hook, **kwargs):
    return RemovableHandle({}, 0)


class Module:
    training = True
    dump_patches = False
    call_super_init = False

    def __init__(self, *args, **kwargs):
        self.training = True
        self._parameters = OrderedDict()
        self._buffers = OrderedDict()
        self._non_persistent_buffers_set = set()
        self._modules = OrderedDict()
        self._forward_hooks = OrderedDict()
        self._forward_pre_hooks = OrderedDict()
        self._backward_hooks = OrderedDict()
        self._hook_count = 0

    __call__ = _native.module_call
    _call_impl = _native.module_call
    __setattr__ = _native.module_setattr
    __getattr__ = _native.module_getattr

    def register_buffer(self, name, tensor, persistent=True):
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        if "." in name:
            raise KeyError("buffer name can't contain \".\"")
        if hasattr(self, name) and name not in self._buffers:
            raise KeyError("attribute '{}' already exists".format(name))
        if tensor is not None:
            tensor = _native.as_buffer(tensor)
        _native.register(self, "_buffers", name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_parameter(self, name, param):
        if "." in name:
            raise KeyError("parameter name can't contain \".\"")
        if hasattr(self, name) and name not in self._parameters:
            raise KeyError("attribute '{}' already exists".format(name))
        if param is not None and not _native.is_parameter(param) and not _native.is_lazy(param):
            raise TypeError("cannot assign '{}' object to parameter '{}'".format(type(param).__name__, name))
        _native.register(self, "_parameters", name, param)

    def add_module(self, name, module):
        if module is not None and not isinstance(module, Module):
            raise TypeError("{} is not a Module subclass".format(type(module).__name__))
        if hasattr(self, name) and name not in self._modules:
            raise KeyError("attribute '{}' already exists".format(name))
        if "." in name:
            raise KeyError("module name can't contain \".\", got: {}".format(name))
        if name == "":
            raise KeyError('module name can\'t be empty string ""')
        _native.register(self, "_modules", name, module)

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

    def register_state_dict_pre_hook(self, hook):
        return RemovableHandle({}, 0)

    def register_state_dict_post_hook(self, hook):
        return RemovableHandle({}, 0)

    def _register_state_dict_hook(self, hook):
        return RemovableHandle({}, 0)

    def _register_load_state_dict_pre_hook(self, hook, with_module=False):
        return RemovableHandle({}, 0)

    def register_load_state_dict_pre_hook(self, hook):
        return RemovableHandle({}, 0)

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
        return found

    def load_state_dict(self, state_dict, strict=True, assign=False):
        return _IncompatibleKeys([], [])

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

    def children(self):
        for _, module in self.named_children():
            yield module

    def named_children(self):
        seen = []
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.append(id(module))
                yield name, module

    def modules(self):
        return iter([module for _, module in self.named_modules()])

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        return _native.named_modules(self, prefix, True, remove_duplicate)

    def train(self, mode=True):
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

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

    def extra_repr(self):
        return ""

