"""Profiling changes nothing of what runs."""
from torch import _Context


class record_function(_Context):
    def __init__(self, name, args=None):
        self.name = name


class profile(_Context):
    def __init__(self, *args, **kwargs):
        pass

    def step(self):
        return None

    def key_averages(self, *args, **kwargs):
        return self

    def table(self, *args, **kwargs):
        return ""

    def export_chrome_trace(self, path):
        return None


class emit_nvtx(profile):
    pass


class emit_itt(profile):
    pass
