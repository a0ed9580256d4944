from _ecocompute_std import unknown

__version__ = "0.30.0"


class PyTorchModelHubMixin:
    def __init_subclass__(cls, *args, **kwargs):
        return None

    @classmethod
    def from_pretrained(cls, *args, **kwargs):
        return unknown("a downloaded model")

    def save_pretrained(self, *args, **kwargs):
        return None

    def push_to_hub(self, *args, **kwargs):
        return None


class ModelHubMixin(PyTorchModelHubMixin):
    pass


def hf_hub_download(*args, **kwargs):
    return unknown("a downloaded file")


def __getattr__(name):
    return unknown("`huggingface_hub." + name + "`")
