"""Auto classes make models from configurations. What only a checkpoint knows is not known."""
import importlib

from _ecocompute_std import transformers_module, unknown


def _named(name):
    found = transformers_module(name)
    return unknown("`transformers." + name + "` was not found") if found is None else getattr(importlib.import_module(found), name)


class _LazyAutoMapping:
    """From a configuration's class to the class of its model, or a tuple of them."""

    def __init__(self, config_mapping, model_mapping):
        self._config_mapping = config_mapping
        self._model_mapping = model_mapping
        self._extra = {}

    def _types(self, key):
        name = getattr(key, "__name__", None)
        return [
            each for each, config in self._config_mapping.items() if config == name and each in self._model_mapping
        ]

    def __contains__(self, key):
        return key in self._extra or len(self._types(key)) > 0

    def __getitem__(self, key):
        if key in self._extra:
            return self._extra[key]
        types = self._types(key)
        if len(types) == 0:
            raise KeyError(key)
        found = self._model_mapping[types[-1]]
        return tuple(_named(name) for name in found) if isinstance(found, tuple) else _named(found)

    def get(self, key, default=None):
        return self[key] if key in self else default

    def keys(self):
        return [_named(config) for each, config in self._config_mapping.items() if each in self._model_mapping]

    def register(self, key, value, exist_ok=False):
        self._extra[key] = value


def _get_model_class(config, model_mapping):
    supported = model_mapping[type(config)]
    if not isinstance(supported, tuple):
        return supported
    by_name = {model.__name__: model for model in supported}
    for name in getattr(config, "architectures", None) or []:
        if name in by_name:
            return by_name[name]
    return supported[0]


class _BaseAutoModelClass:
    _model_mapping = None

    @classmethod
    def from_config(cls, config, trust_remote_code=None, **kwargs):
        if type(config) in cls._model_mapping:
            return _get_model_class(config, cls._model_mapping)._from_config(config, **kwargs)
        raise ValueError("Unrecognized configuration class " + type(config).__name__ + " for " + cls.__name__)

    @classmethod
    def from_pretrained(cls, *args, **kwargs):
        return unknown("a model that only the model hub knows")

    @classmethod
    def register(cls, config_class, model_class, exist_ok=False):
        cls._model_mapping.register(config_class, model_class, exist_ok=exist_ok)


class _BaseAutoBackboneClass(_BaseAutoModelClass):
    @classmethod
    def from_pretrained(cls, name, use_timm_backbone=False, **kwargs):
        if not use_timm_backbone:
            return unknown("a backbone that only the model hub knows")
        from transformers.models.timm_backbone.configuration_timm_backbone import TimmBackboneConfig

        given = {key: value for key, value in kwargs.items() if value is not None}
        given["use_pretrained_backbone"] = False
        return cls.from_config(TimmBackboneConfig(backbone=name, **given))


def auto_class_update(cls, checkpoint_for_example=None, head_doc=""):
    return cls


def get_values(model_mapping):
    return [model_mapping[key] for key in model_mapping.keys()]


def getattribute_from_module(module, attr):
    return tuple(getattr(module, each) for each in attr) if isinstance(attr, tuple) else getattr(module, attr)


def add_generation_mixin_to_remote_model(model_class):
    return model_class
