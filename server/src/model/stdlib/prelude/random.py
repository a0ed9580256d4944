from _ecocompute_std import plain_unknown


def _chance(*args, **kwargs):
    return plain_unknown("a random number")


random = _chance
randint = _chance
randrange = _chance
uniform = _chance
choice = _chance
choices = _chance
sample = _chance
gauss = _chance
normalvariate = _chance
betavariate = _chance
getrandbits = _chance


def seed(*args):
    return None


def shuffle(items):
    return None


class Random:
    def __init__(self, *args):
        pass

    random = _chance
    randint = _chance
    uniform = _chance
    choice = _chance
