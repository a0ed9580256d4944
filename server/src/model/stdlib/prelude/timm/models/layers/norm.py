from timm.layers import LayerNorm2d
