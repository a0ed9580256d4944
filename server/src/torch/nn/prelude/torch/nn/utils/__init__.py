from . import rnn, parametrize, parametrizations
from .weights import (
    weight_norm, remove_weight_norm, spectral_norm, remove_spectral_norm, clip_grad_norm_, clip_grad_value_,
    clip_grad_norm, parameters_to_vector, vector_to_parameters, fuse_conv_bn_eval, fuse_conv_bn_weights, skip_init,
)
