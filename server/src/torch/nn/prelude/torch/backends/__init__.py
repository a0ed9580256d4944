from . import cuda, cudnn, mps, mkldnn, opt_einsum
