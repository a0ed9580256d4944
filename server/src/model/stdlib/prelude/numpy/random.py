from _ecocompute_std import unknown


def _chance(*args, **kwargs):
    return unknown("a random number")


rand = _chance
randn = _chance
randint = _chance
uniform = _chance
normal = _chance
beta = _chance
choice = _chance
random = _chance
permutation = _chance


def seed(*args):
    return None
