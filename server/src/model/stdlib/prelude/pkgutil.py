import importlib

from _ecocompute_std import file_text, unknown


def get_data(package, resource):
    folder = importlib.import_module(package).__file__.rpartition("/")[0]
    text = file_text(folder + "/" + resource)
    return unknown("the content of a file") if text is None else text.encode()


def iter_modules(*args, **kwargs):
    return unknown("the modules of a package")


walk_packages = iter_modules
