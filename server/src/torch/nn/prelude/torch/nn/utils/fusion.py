from .weights import fuse_conv_bn_eval, fuse_conv_bn_weights
