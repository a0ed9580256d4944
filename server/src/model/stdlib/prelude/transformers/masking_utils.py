"""Masks as tensors of the right shape; what transformers skips for SDPA is skipped here too."""
import torch
from _ecocompute_std import surely_all, unknown


class _Asked:
    """Arguments by what they mean: version 5 says `inputs_embeds` and has no `cache_position`."""

    def __init__(self, args, given):
        args = list(args)
        self.embeds = args.pop(0) if args else given.get("inputs_embeds", given.get("input_embeds"))
        self.mask = args.pop(0) if args else given.get("attention_mask")
        self.positions = given.get("cache_position")
        if args and isinstance(args[0], torch.Tensor):
            self.positions = args.pop(0)
        self.past = args.pop(0) if args else given.get("past_key_values")
        self.encoder = given.get("encoder_hidden_states")
        special = ("or_mask_function", "and_mask_function", "block_sequence_ids")
        self.special = any(given.get(name) is not None for name in special)
        self.may_skip = given.get("allow_is_causal_skip", True) and given.get("allow_is_bidirectional_skip", True)


def _lengths(asked):
    query = asked.embeds.shape[1] if asked.positions is None else asked.positions.shape[0]
    length = asked.embeds.shape[1]
    if asked.past is not None and hasattr(asked.past, "get_seq_length"):
        length = asked.past.get_seq_length() + query
    elif asked.encoder is not None:
        length = asked.encoder.shape[1]
    elif asked.mask is not None and asked.positions is None:
        length = asked.mask.shape[-1]
    return query, length


def _finished(config, asked, allowed, query, length):
    batch = (asked.encoder if asked.encoder is not None else asked.embeds).shape[0]
    allowed = allowed[None, None].expand(batch, 1, query, length)
    if asked.mask is not None:
        allowed = allowed & asked.mask[:, None, None, :length].bool()
    if config._attn_implementation == "sdpa":
        return allowed
    return torch.where(allowed, torch.tensor(0.0), torch.finfo(asked.embeds.dtype).min)


def _is_ready(asked):
    return asked.mask is not None and not isinstance(asked.mask, dict) and asked.mask.dim() == 4


def _masks_nothing(asked):
    return asked.mask is None or surely_all(asked.mask)


def _causal(config, asked, window=None):
    if _is_ready(asked):
        return asked.mask
    if not getattr(config, "is_causal", True):
        return _bidirectional(config, asked, window)
    query, length = _lengths(asked)
    if window is not None and length > window and query == 1:
        length = window
    skip = config._attn_implementation == "sdpa" and _masks_nothing(asked) and not asked.special and asked.may_skip
    if skip and (query == 1 or length == query) and (window is None or length < window):
        return None
    rows = torch.arange(length - query, length) if asked.positions is None else asked.positions
    allowed = torch.arange(length)[None, :] <= rows[:, None]
    if window is not None:
        allowed = allowed & (torch.arange(length)[None, :] > rows[:, None] - window)
    return _finished(config, asked, allowed, query, length)


def _bidirectional(config, asked, window=None):
    if _is_ready(asked):
        return asked.mask
    query, length = _lengths(asked)
    skip = _masks_nothing(asked) and not asked.special and asked.may_skip
    if skip and (window is None or length < window):
        return None
    allowed = torch.ones(query, length, dtype=torch.bool)
    if window is not None:
        allowed = (torch.arange(length)[None, :] - torch.arange(query)[:, None]).abs() < window
    return _finished(config, asked, allowed, query, length)


def create_causal_mask(config, *args, **given):
    return _causal(config, _Asked(args, given))


def create_sliding_window_causal_mask(config, *args, **given):
    return _causal(config, _Asked(args, given), window=config.sliding_window)


def create_chunked_causal_mask(config, *args, **given):
    return _causal(config, _Asked(args, given), window=config.attention_chunk_size)


def create_bidirectional_mask(config, inputs_embeds, attention_mask=None, encoder_hidden_states=None, **given):
    given["encoder_hidden_states"] = encoder_hidden_states
    return _bidirectional(config, _Asked((inputs_embeds, attention_mask), given))


def create_bidirectional_sliding_window_mask(
    config, inputs_embeds, attention_mask=None, encoder_hidden_states=None, **given
):
    given["encoder_hidden_states"] = encoder_hidden_states
    return _bidirectional(config, _Asked((inputs_embeds, attention_mask), given), window=config.sliding_window)


def create_recurrent_attention_mask(config, inputs_embeds, attention_mask=None, past_key_values=None, **given):
    if attention_mask is None or attention_mask.ndim != 2 or inputs_embeds.shape[1] == 1:
        return None
    return attention_mask[:, -inputs_embeds.shape[1] :].contiguous()


LAYER_PATTERN_TO_MASK_FUNCTION_MAPPING = {
    "full_attention": create_causal_mask,
    "sliding_attention": create_sliding_window_causal_mask,
    "chunked_attention": create_chunked_causal_mask,
    "linear_attention": create_recurrent_attention_mask,
    "conv": create_recurrent_attention_mask,
}


def create_masks_for_generate(config, *args, **given):
    text = config.get_text_config()
    kinds = getattr(text, "layer_types", None)
    if kinds is not None:
        if any(kind not in LAYER_PATTERN_TO_MASK_FUNCTION_MAPPING for kind in kinds):
            return unknown("masks for layers of other kinds")
        return {kind: LAYER_PATTERN_TO_MASK_FUNCTION_MAPPING[kind](text, *args, **given) for kind in set(kinds)}
    if getattr(text, "sliding_window", None) is not None:
        return create_sliding_window_causal_mask(text, *args, **given)
    if getattr(text, "attention_chunk_size", None) is not None:
        return create_chunked_causal_mask(text, *args, **given)
    return create_causal_mask(text, *args, **given)


def __getattr__(name):
    return unknown("`transformers.masking_utils." + name + "`")
