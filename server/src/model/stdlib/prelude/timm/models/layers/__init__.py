from timm.layers import (
    DropPath,
    LayerNorm2d,
    Mlp,
    PatchEmbed,
    drop_path,
    lecun_normal_,
    make_divisible,
    to_1tuple,
    to_2tuple,
    to_3tuple,
    to_4tuple,
    to_ntuple,
    trunc_normal_,
    trunc_normal_tf_,
    variance_scaling_,
)
from _ecocompute_std import unknown


def __getattr__(name):
    return unknown("package `timm` was not found")
