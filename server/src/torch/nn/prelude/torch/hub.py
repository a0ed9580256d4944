import _ecocompute as _native


def load_state_dict_from_url(*args, **kwargs):
    return _native.unknown("the content of a checkpoint")


def load(*args, **kwargs):
    return _native.unknown("a model from torch.hub")


def get_dir():
    return "/"


def download_url_to_file(*args, **kwargs):
    return None
