"""Masks as tensors of the right shape; what transformers skips for SDPA is skipped here too."""
import torch
from _ecocompute_std import unknown


def _mask(config, input_embeds, attention_mask, cache_position, past_key_values, window=None, extra=False):
    if attention_mask is not None and not isinstance(attention_mask, dict) and attention_mask.dim() == 4:
        return attention_mask
    batch, query = input_embeds.shape[0], cache_position.shape[0]
    length = query
    if past_key_values is not None and hasattr(past_key_values, "get_seq_length"):
        length = past_key_values.get_seq_length() + query
    if window is not None and length > window and query == 1:
        length = window
    kind = config._attn_implementation
    skip = kind == "sdpa" and attention_mask is None and not extra
    if skip and (query == 1 or length == query) and (window is None or length < window):
        return None
    allowed = torch.arange(length)[None, :] <= cache_position[:, None]
    if window is not None:
        allowed = allowed & (torch.arange(length)[None, :] > cache_position[:, None] - window)
    allowed = allowed[None, None].expand(batch, 1, query, length)
    if attention_mask is not None:
        allowed = allowed & attention_mask[:, None, None, :length].bool()
    if kind == "sdpa":
        return allowed
    return torch.where(allowed, torch.tensor(0.0), torch.finfo(input_embeds.dtype).min)


def create_causal_mask(
    config, input_embeds, attention_mask, cache_position, past_key_values, position_ids=None, or_mask_function=None,
    and_mask_function=None,
):
    extra = or_mask_function is not None or and_mask_function is not None
    return _mask(config, input_embeds, attention_mask, cache_position, past_key_values, extra=extra)


def create_sliding_window_causal_mask(
    config, input_embeds, attention_mask, cache_position, past_key_values, position_ids=None, or_mask_function=None,
    and_mask_function=None,
):
    extra = or_mask_function is not None or and_mask_function is not None
    return _mask(
        config, input_embeds, attention_mask, cache_position, past_key_values, window=config.sliding_window, extra=extra
    )


def create_chunked_causal_mask(
    config, input_embeds, attention_mask, cache_position, past_key_values, position_ids=None, or_mask_function=None,
    and_mask_function=None,
):
    return _mask(
        config, input_embeds, attention_mask, cache_position, past_key_values, window=config.attention_chunk_size
    )


def create_masks_for_generate(*args, **kwargs):
    return unknown("masks for generation")


def __getattr__(name):
    return unknown("`transformers.masking_utils." + name + "`")
