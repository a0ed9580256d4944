def rank_zero_only(fn=None, default=None):
    return fn if callable(fn) else lambda decorated: decorated


def rank_zero_info(*args, **kwargs):
    return None


rank_zero_warn = rank_zero_debug = rank_zero_deprecation = rank_zero_info
