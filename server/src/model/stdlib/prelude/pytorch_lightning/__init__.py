import inspect

import torch
from torch.nn import Module
from _ecocompute_std import init_frames
from . import utilities


class AttributeDict(dict):
    def __getattr__(self, key):
        if key not in self:
            raise AttributeError('Missing attribute "' + key + '"')
        return self[key]

    def __setattr__(self, key, value):
        self[key] = value


def _given(model):
    """What the constructors of a model were given, by name: those of classes that derive from others count last."""
    given = {}
    for cls, names in init_frames(model):
        for parameter in list(inspect.signature(cls.__init__).parameters.values())[1:]:
            if parameter.kind == parameter.VAR_KEYWORD:
                given.update(names.get(parameter.name, {}))
            elif parameter.kind != parameter.VAR_POSITIONAL and parameter.name in names:
                given[parameter.name] = names[parameter.name]
    return given


class LightningModule(Module):
    def __init__(self, *args, **kwargs):
        super().__init__()

    automatic_optimization = True
    current_epoch = 0
    global_step = 0
    logger = None

    @property
    def hparams(self):
        if "_hparams" not in self.__dict__:
            self._hparams = AttributeDict()
        return self._hparams

    def save_hyperparameters(self, *args, ignore=None, frame=None, logger=True):
        given = _given(self)
        if len(args) == 1 and not isinstance(args[0], str):
            given = args[0] if isinstance(args[0], dict) else vars(args[0])
        elif args:
            given = {name: given[name] for name in args}
        left = [ignore] if isinstance(ignore, str) else ignore or []
        self._hparams = AttributeDict({name: value for name, value in given.items() if name not in left})

    def freeze(self):
        for parameter in self.parameters():
            parameter.requires_grad = False
        self.eval()

    def unfreeze(self):
        for parameter in self.parameters():
            parameter.requires_grad = True
        self.train()

    def log(self, *args, **kwargs):
        return None

    def log_dict(self, *args, **kwargs):
        return None

    def print(self, *args, **kwargs):
        return None

    @property
    def device(self):
        return torch.device("cpu")


class LightningDataModule:
    def __init__(self, *args, **kwargs):
        pass


class Callback:
    pass


def seed_everything(*args, **kwargs):
    return 0
