from _ecocompute_std import package_version

# The installed torch, since programs choose by it what they run; without one, a release whose names are all modelled.
__version__ = package_version("torch") or "2.6.0"
cuda = None
hip = None
