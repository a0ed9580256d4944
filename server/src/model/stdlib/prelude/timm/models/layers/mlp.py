from timm.layers import Mlp
