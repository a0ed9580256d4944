from . import DictConfig
