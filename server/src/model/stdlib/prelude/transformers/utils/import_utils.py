from _ecocompute_std import module_exists, unknown


def is_torch_available():
    return True


def is_timm_available():
    return module_exists("timm")


def is_torch_greater_or_equal(library_version, accept_dev=False):
    parts = [int(part) for part in library_version.split(".")[:2]]
    return (2, 6) >= tuple(parts)


def is_torch_less(library_version, accept_dev=False):
    return not is_torch_greater_or_equal(library_version)


def get_torch_version():
    return "2.6.0"


def is_torch_sdpa_available():
    return True


def is_torch_flex_attn_available():
    return True


def is_torch_fx_available():
    return False


def is_torchdynamo_compiling():
    return False


def is_torchdynamo_available():
    return True


def is_torch_fx_proxy(x):
    return False


def is_tracing(tensor=None):
    return False


def is_jit_tracing():
    return False


def requires_backends(obj, backends):
    for backend in backends if isinstance(backends, (list, tuple)) else [backends]:
        if backend in ("timm", "natten", "detectron2") and not module_exists(backend):
            name = obj.__name__ if hasattr(obj, "__name__") else obj.__class__.__name__
            raise ImportError(name + " requires the " + backend + " library but it was not found in your environment.")


def requires(*, backends=()):
    return lambda obj: obj


def torch_only_method(fn):
    return fn


def direct_transformers_import(*args, **kwargs):
    return unknown("a direct import")


def define_import_structure(*args, **kwargs):
    return {}


class _LazyModule:
    pass


class OptionalDependencyNotAvailable(Exception):
    pass


class DummyObject(type):
    pass


def __getattr__(name):
    if name.startswith("is_"):
        return lambda *args, **kwargs: False
    return unknown("`transformers.utils.import_utils." + name + "`")
