from . import config_store
