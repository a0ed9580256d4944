from . import config, registry
