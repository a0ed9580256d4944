from _ecocompute_std import unknown
from . import utils


def main(config_path=None, config_name=None, version_base=None):
    def decorate(fn):
        return lambda *args: fn(args[0] if args else unknown("the configuration of a run"))

    return decorate


def compose(*args, **kwargs):
    return unknown("the configuration of a run")


def initialize(*args, **kwargs):
    from contextlib import nullcontext

    return nullcontext()


initialize_config_dir = initialize_config_module = initialize


def __getattr__(name):
    return unknown("`hydra." + name + "`")
