from . import LayerNorm2d
