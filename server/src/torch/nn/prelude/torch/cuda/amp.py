from torch import autocast as _autocast


class autocast(_autocast):
    def __init__(self, enabled=True, dtype=None, cache_enabled=True):
        super().__init__("cuda", dtype=dtype, enabled=enabled)


def custom_fwd(fwd=None, **kwargs):
    if fwd is None:
        return lambda fn: fn
    return fwd


def custom_bwd(bwd=None, **kwargs):
    if bwd is None:
        return lambda fn: fn
    return bwd


class GradScaler:
    def __init__(self, *args, **kwargs):
        pass

    def scale(self, outputs):
        return outputs

    def step(self, optimizer, *args, **kwargs):
        return None

    def update(self, new_scale=None):
        return None

    def unscale_(self, optimizer):
        return None
