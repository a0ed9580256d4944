from . import ListConfig
