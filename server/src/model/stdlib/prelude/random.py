from _ecocompute_std import plain_unknown, unknown


def _chance(*args, **kwargs):
    return plain_unknown("a random number", "float")


def _share(*args):
    """From 0 up to, but not including, 1."""
    return plain_unknown("a random number", "float", 0, 1)


def _whole(*args, **kwargs):
    return plain_unknown("a random number", "int")


def _pick(*args, **kwargs):
    return unknown("a random choice")


def randrange(start, stop=None, step=1):
    numbers = range(start) if stop is None else range(start, stop, step)
    if len(numbers) == 1:
        return numbers[0]
    return plain_unknown("a random number", "int", *((0, start) if stop is None else (start, stop)))


def randint(a, b):
    return randrange(a, b + 1)


def choice(items):
    if not isinstance(items, (list, tuple, range, str)):
        return _pick()
    return items[0] if len(items) == 1 else items[_whole()]


def choices(population, weights=None, *, cum_weights=None, k=1):
    return [choice(population) for _ in range(k)]


def sample(population, k, *, counts=None):
    return _pick() if counts is not None else [choice(population) for _ in range(k)]


random = _share
uniform = _chance
gauss = _chance
normalvariate = _chance
betavariate = triangular = expovariate = gammavariate = lognormvariate = vonmisesvariate = _chance
getrandbits = _whole


def seed(*args):
    return None


def _moved(items):
    """What stands at a place after a shuffle: of numbers the kind is known."""
    why = "a random order"
    if all(isinstance(each, int) for each in items):
        return plain_unknown(why, "int")
    if all(isinstance(each, (int, float)) for each in items):
        return plain_unknown(why, "float")
    return plain_unknown(why) if all(isinstance(each, (int, float, str)) for each in items) else unknown(why)


def shuffle(items):
    if len(items) > 1:
        items[:] = [_moved(items)] * len(items)


class Random:
    def __init__(self, *args):
        pass

    random = _share
    uniform = _chance
    gauss = _chance

    def randint(self, a, b):
        return randint(a, b)

    def randrange(self, start, stop=None, step=1):
        return randrange(start, stop, step)

    def choice(self, items):
        return choice(items)

    def choices(self, *args, **kwargs):
        return choices(*args, **kwargs)

    def sample(self, *args, **kwargs):
        return sample(*args, **kwargs)

    def shuffle(self, items):
        return shuffle(items)
