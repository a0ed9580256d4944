from _ecocompute_std import parse_json, unknown


def load(fp, **kwargs):
    return loads(fp.read(), **kwargs)


def loads(s, object_hook=None, object_pairs_hook=None, **kwargs):
    if object_hook is not None or object_pairs_hook is not None:
        return unknown("a JSON text read with a hook")
    return parse_json(s.decode() if isinstance(s, bytes) else s)


def dump(*args, **kwargs):
    return None


def dumps(*args, **kwargs):
    return unknown("a JSON text")


class JSONDecodeError(ValueError):
    pass


class JSONEncoder:
    pass
