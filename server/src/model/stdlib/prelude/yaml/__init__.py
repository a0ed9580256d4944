from _ecocompute_std import parse_yaml


class Loader:
    pass


SafeLoader = FullLoader = UnsafeLoader = BaseLoader = CLoader = CSafeLoader = Loader


class YAMLError(Exception):
    pass


def load(stream, Loader=None):
    return parse_yaml(stream if isinstance(stream, str) else stream.read())


safe_load = full_load = unsafe_load = load


def dump(*args, **kwargs):
    return None


safe_dump = dump
