from _ecocompute_std import unknown


class GenerationMixin:
    def can_generate(self):
        return True

    def generate(self, *args, **kwargs):
        return unknown("generated tokens")


class GenerationConfig:
    def __init__(self, **kwargs):
        for key, value in kwargs.items():
            setattr(self, key, value)

    @classmethod
    def from_model_config(cls, config):
        return cls()


class CompileConfig:
    pass


class LogitsProcessor:
    pass


class LogitsProcessorList(list):
    pass


class StoppingCriteria:
    pass


def __getattr__(name):
    return unknown("`transformers.generation." + name + "`")
