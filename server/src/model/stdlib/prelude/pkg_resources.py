import packaging
from _ecocompute_std import unknown
from packaging.version import parse as parse_version


def __getattr__(name):
    return unknown("`pkg_resources." + name + "`")
