from _ecocompute_std import unknown
from torch.nn import LayerNorm
from torch.nn import functional as F
from torch.nn import RMSNorm


class FusedLayerNorm(LayerNorm):
    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, memory_efficient=False):
        super().__init__(normalized_shape, eps, elementwise_affine)


class FusedRMSNorm(RMSNorm):
    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, memory_efficient=False):
        super().__init__(normalized_shape, eps, elementwise_affine)


class MixedFusedLayerNorm(FusedLayerNorm):
    def __init__(self, normalized_shape, eps=1e-5, **kwargs):
        super().__init__(normalized_shape, eps)


class MixedFusedRMSNorm(FusedRMSNorm):
    def __init__(self, normalized_shape, eps=1e-5, **kwargs):
        super().__init__(normalized_shape, eps)


def fused_layer_norm_affine(input, weight, bias, normalized_shape, eps=1e-6, memory_efficient=False):
    return F.layer_norm(input, _sizes(normalized_shape), weight, bias, eps)


def fused_layer_norm(input, normalized_shape, eps=1e-6, memory_efficient=False):
    return F.layer_norm(input, _sizes(normalized_shape), None, None, eps)


def fused_rms_norm_affine(input, weight, normalized_shape, eps=1e-6, memory_efficient=False):
    return F.rms_norm(input, _sizes(normalized_shape), weight, eps)


def fused_rms_norm(input, normalized_shape, eps=1e-6, memory_efficient=False):
    return F.rms_norm(input, _sizes(normalized_shape), None, eps)


mixed_dtype_fused_layer_norm_affine = fused_layer_norm_affine
mixed_dtype_fused_rms_norm_affine = fused_rms_norm_affine


class FusedLayerNormAffineFunction:
    @staticmethod
    def apply(input, weight, bias, normalized_shape, eps=1e-6, *args):
        return F.layer_norm(input, _sizes(normalized_shape), weight, bias, eps)


class FusedLayerNormFunction:
    @staticmethod
    def apply(input, normalized_shape, eps=1e-6, *args):
        return F.layer_norm(input, _sizes(normalized_shape), None, None, eps)


def _sizes(shape):
    return (shape,) if isinstance(shape, int) else tuple(shape)


def __getattr__(name):
    return unknown("`apex.normalization.fused_layer_norm." + name + "` is not interpreted")
