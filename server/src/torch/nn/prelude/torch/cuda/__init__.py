import _ecocompute as _native
from . import amp, nvtx


def is_available():
    return False


def device_count():
    return 0


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


def is_current_stream_capturing():
    return False


def max_memory_allocated(device=None):
    return _native.unknown("the memory in use")


def memory_allocated(device=None):
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


class Stream(_Nothing):
    pass


class Event(_Nothing):
    pass


class stream(_Nothing):
    pass


class device(_Nothing):
    pass
