from . import OmegaConf
