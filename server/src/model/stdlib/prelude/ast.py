from _ecocompute_std import literal_eval, unknown


def __getattr__(name):
    return unknown("`ast." + name + "` is not interpreted")
