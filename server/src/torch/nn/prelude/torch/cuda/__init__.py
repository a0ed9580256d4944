import _ecocompute as _native
from . import amp, nvtx


def is_available():
    return _native.has_accelerator()


def device_count():
    return int(_native.has_accelerator())


def current_device():
    return 0


def get_device_name(device=None):
    return _native.unknown("the name of the accelerator")


def get_device_capability(device=None):
    return _native.unknown("the capability of the accelerator")


def get_device_properties(device=None):
    return _native.unknown("the properties of the accelerator")


def is_bf16_supported(including_emulation=True):
    return _native.unknown("whether the accelerator knows bfloat16")


def set_device(device):
    return None


def synchronize(device=None):
    return None


def empty_cache():
    return None


def manual_seed(seed):
    return None


def manual_seed_all(seed):
    return None


def seed():
    return None


def seed_all():
    return None


def initial_seed():
    return 0


def get_rng_state(device="cuda"):
    return _native.unknown("the state of random numbers")


def get_rng_state_all():
    return _native.unknown("the state of random numbers")


def set_rng_state(new_state, device="cuda"):
    return None


def set_rng_state_all(new_states):
    return None


def is_initialized():
    return False


def ipc_collect():
    return None


def current_stream(device=None):
    return Stream()


def default_stream(device=None):
    return Stream()


class OutOfMemoryError(RuntimeError):
    pass


def is_current_stream_capturing():
    return False


def max_memory_allocated(device=None):
    return _native.unknown("the memory in use")


def memory_allocated(device=None):
    return _native.unknown("the memory in use")


def memory_reserved(device=None):
    return _native.unknown("the memory in use")


def max_memory_reserved(device=None):
    return _native.unknown("the memory in use")


def memory_cached(device=None):
    return _native.unknown("the memory in use")


def max_memory_cached(device=None):
    return _native.unknown("the memory in use")


def memory_summary(device=None):
    return _native.unknown("the memory in use")


def memory_stats(device=None):
    return _native.unknown("the memory in use")


def mem_get_info(device=None):
    return _native.unknown("the memory in use")


def reset_peak_memory_stats(device=None):
    return None


class _Nothing:
    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None

    def record(self, *args):
        return None

    def synchronize(self):
        return None

    def wait_stream(self, stream):
        return None

    def wait_event(self, event):
        return None


class Stream(_Nothing):
    pass


class Event(_Nothing):
    pass


class stream(_Nothing):
    pass


class device(_Nothing):
    pass
