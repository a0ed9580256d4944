import _ecocompute as _native
from _ecocompute import Tensor, Size, dtype, device

from .torch_version import TorchVersion
from . import version as _version

__version__ = TorchVersion(_version.__version__)


class _Context:
    """A context manager that also decorates functions."""

    def __call__(self, func):
        def wrapper(*args, **kwargs):
            with self:
                return func(*args, **kwargs)

        wrapper.__wrapped__ = func
        return wrapper

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc, traceback):
        return None


class _GradMode(_Context):
    _mode = True

    def __init__(self, func=None):
        self._before = []

    def __new__(cls, func=None):
        made = object.__new__(cls)
        made._before = []
        if callable(func):
            return made(func)
        return made

    def __enter__(self):
        self._before.append(_native.set_grad_enabled(self._mode))
        return self

    def __exit__(self, exc_type, exc, traceback):
        _native.set_grad_enabled(self._before.pop())
        return None


class no_grad(_GradMode):
    _mode = False

    def clone(self):
        return no_grad()


class enable_grad(_GradMode):
    _mode = True

    def clone(self):
        return enable_grad()


class inference_mode(_Context):
    def __new__(cls, mode=True):
        made = object.__new__(cls)
        made._mode = mode
        made._before = []
        if callable(mode):
            made._mode = True
            return made(mode)
        return made

    def __init__(self, mode=True):
        pass

    def __enter__(self):
        self._before.append(_native.set_grad_enabled(not self._mode))
        return self

    def __exit__(self, exc_type, exc, traceback):
        _native.set_grad_enabled(self._before.pop())
        return None


class set_grad_enabled(_Context):
    def __init__(self, mode):
        self._before = _native.set_grad_enabled(mode)

    def __exit__(self, exc_type, exc, traceback):
        _native.set_grad_enabled(self._before)
        return None


def is_grad_enabled():
    return _native.is_grad_enabled()


def is_inference_mode_enabled():
    return False


class autocast(_Context):
    def __init__(self, device_type="cuda", dtype=None, enabled=True, cache_enabled=None):
        self.device = device_type
        self.fast_dtype = dtype
        self._enabled = enabled
        self._restore = []

    def __enter__(self):
        self._restore.append(_native.set_autocast(self._enabled, self.device, self.fast_dtype))
        return self

    def __exit__(self, exc_type, exc, traceback):
        self._restore.pop()()
        return None


def is_autocast_enabled(device_type=None):
    return _native.is_autocast_enabled()


def is_autocast_cpu_enabled():
    return _native.is_autocast_enabled()


def is_autocast_cache_enabled():
    return True


def get_autocast_gpu_dtype():
    return _native.autocast_dtype()


def get_autocast_cpu_dtype():
    return _native.autocast_dtype()


def get_autocast_dtype(device_type=None):
    return _native.autocast_dtype()


def clear_autocast_cache():
    return None


def set_default_dtype(d):
    _native.set_default_dtype(d)


def get_default_dtype():
    return _native.default_dtype()


def set_default_device(device):
    _native.set_default_device(device)


def get_default_device():
    return device(_native.default_device())


def set_default_tensor_type(t):
    return None


def compile(model=None, *args, **kwargs):
    if model is None:
        return lambda fn: fn
    return model


def manual_seed(seed):
    return Generator()


def seed():
    return 0


def initial_seed():
    return 0


class Generator:
    def __init__(self, device="cpu"):
        self.device = device

    def manual_seed(self, seed):
        return self

    def seed(self):
        return 0

    def get_state(self):
        return _native.unknown("the state of a random generator")


def get_rng_state():
    return _native.unknown("the state of a random generator")


def set_rng_state(state):
    return None


def set_float32_matmul_precision(precision):
    return None


def get_float32_matmul_precision():
    return "highest"


def set_num_threads(n):
    return None


def get_num_threads():
    return 1


def set_printoptions(*args, **kwargs):
    return None


def use_deterministic_algorithms(mode, *, warn_only=False):
    return None


def are_deterministic_algorithms_enabled():
    return False


def is_deterministic_algorithms_warn_only_enabled():
    return False


def _assert(condition, message):
    if not condition:
        raise AssertionError(message)


def typename(o):
    return "torch." + type(o).__name__


def overrides_has_torch_function(*args):
    return False


def load(*args, **kwargs):
    return _native.unknown("the content of a checkpoint")


def save(*args, **kwargs):
    return None


def vmap(func, *args, **kwargs):
    from .func import vmap

    return vmap(func, *args, **kwargs)


def sym_int(a):
    return int(a)


def sym_float(a):
    return float(a)


def sym_max(a, b):
    return max(a, b)


def sym_min(a, b):
    return min(a, b)


class _Classes:
    pass


class _C_module:
    pass


from . import nn, cuda, jit, autograd, utils, amp, backends, fx, distributed, _dynamo, _C, mps, xpu, compiler, version, hub, overrides, onnx, library, ops, quantization, ao, multiprocessing, optim, profiler
