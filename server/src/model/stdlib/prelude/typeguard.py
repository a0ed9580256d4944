from _ecocompute_std import unknown


def typechecked(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


def suppress_type_checks(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


def check_type(value, expected_type, *args, **kwargs):
    return value


def install_import_hook(*args, **kwargs):
    return None


def __getattr__(name):
    return unknown("`typeguard." + name + "` is not interpreted")
