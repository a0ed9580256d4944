from typing import TypedDict

from _ecocompute_std import unknown


class FlashAttentionKwargs(TypedDict):
    pass


def flash_attn_supports_top_left_mask():
    return False


def is_flash_attn_available():
    return False


def __getattr__(name):
    return unknown("flash attention")
