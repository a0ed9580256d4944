from _ecocompute_std import unknown
from . import path

sep = "/"
linesep = "\n"
name = "posix"


class _Environment(dict):
    pass


environ = _Environment()


def getenv(key, default=None):
    return default


def getcwd():
    return unknown("the working directory")


def listdir(p="."):
    return unknown("the files of a folder")


def makedirs(*args, **kwargs):
    return None


def cpu_count():
    return unknown("the number of cores")


def fspath(p):
    return p


class PathLike:
    pass
