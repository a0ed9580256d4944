def has_torch_function(*args):
    return False


def has_torch_function_unary(*args):
    return False


def has_torch_function_variadic(*args):
    return False


def handle_torch_function(func, relevant, *args, **kwargs):
    return func(*args, **kwargs)
