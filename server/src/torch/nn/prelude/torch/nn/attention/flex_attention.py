import _ecocompute as _native


class BlockMask:
    pass


def __getattr__(name):
    return _native.unknown("`torch.nn.attention.flex_attention." + name + "`")
