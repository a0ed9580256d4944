from . import Mlp
