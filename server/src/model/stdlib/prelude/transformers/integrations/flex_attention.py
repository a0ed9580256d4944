from _ecocompute_std import unknown


class BlockMask:
    pass


def __getattr__(name):
    return unknown("`flex_attention`")
