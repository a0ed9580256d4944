from _ecocompute_std import plain_unknown


def _chance(*args, **kwargs):
    return plain_unknown("a random number")


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
