from torch.nn.modules.module import Module


def _identity(obj=None, *args, **kwargs):
    if obj is None:
        return lambda fn: fn
    return obj


script = _identity
script_if_tracing = _identity
trace = _identity
freeze = _identity
export = _identity
optimize_for_inference = _identity
script_method = _identity


def ignore(drop=False, **kwargs):
    if callable(drop):
        return drop
    return lambda fn: fn


def unused(fn):
    return fn


def interface(cls):
    return cls


def _overload_method(fn):
    return fn


def _overload(fn):
    return fn


def is_scripting():
    return False


def is_tracing():
    return False


def annotate(the_type, value):
    return value


def fork(fn, *args, **kwargs):
    return fn(*args, **kwargs)


def wait(future):
    return future


class ScriptModule(Module):
    pass


class ScriptFunction:
    pass


class Final:
    pass


class Attribute:
    def __init__(self, value, type):
        self.value = value


class fuser:
    def __init__(self, *args):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None


def isinstance(obj, target_type):
    import builtins

    return builtins.isinstance(obj, target_type)


class optimized_execution(fuser):
    pass


class TracerWarning(Warning):
    pass
