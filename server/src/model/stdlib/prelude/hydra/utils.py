"""Objects that a configuration names by `_target_`."""
import functools
import importlib

from _ecocompute_std import unknown
from omegaconf import DictConfig, ListConfig


def _located(path):
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
            for name in parts[end:]:
                found = getattr(found, name)
            return found
        except (ImportError, AttributeError):
            continue
    return unknown("`" + path + "`, which a configuration names")


def get_class(path):
    return _located(path)


get_method = get_static_method = get_object = get_class

_special = ("_target_", "_recursive_", "_partial_", "_args_", "_convert_")


def _is_dict(value):
    return isinstance(value, (dict, DictConfig))


def _is_list(value):
    return isinstance(value, (list, tuple, ListConfig))


def instantiate(config, *args, **kwargs):
    if config is None:
        return None
    if _is_list(config):
        return [instantiate(each) if _is_dict(each) or _is_list(each) else each for each in config]
    merged = {**{key: config[key] for key in config.keys()}, **kwargs}
    if "_target_" not in merged:
        return _made(merged) if merged.get("_recursive_", True) else merged
    target = merged["_target_"]
    fn = _located(target) if isinstance(target, str) else target
    is_recursive = merged.get("_recursive_", True)
    given = {key: (_made(value) if is_recursive else value) for key, value in merged.items() if key not in _special}
    listed = args if len(args) > 0 else tuple([_made(each) if is_recursive else each for each in merged.get("_args_", ())])
    if merged.get("_partial_", False):
        return functools.partial(fn, *listed, **given)
    return fn(*listed, **given)


call = instantiate


def _made(value):
    if _is_dict(value):
        if "_target_" in value:
            return instantiate(value)
        return type(value)({key: _made(value[key]) for key in value.keys()})
    if _is_list(value):
        return type(value)([_made(each) for each in value])
    return value


def to_absolute_path(path):
    return path


def get_original_cwd():
    return unknown("the working directory")
