from .norm import LayerNorm, RMSNorm, GroupNorm, LocalResponseNorm, CrossMapLRN2d
