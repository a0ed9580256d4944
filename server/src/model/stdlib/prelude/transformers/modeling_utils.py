import copy
import re

import torch
from _ecocompute_std import unknown
from torch import nn
from .generation import GenerationMixin
from .configuration_utils import PretrainedConfig, is_version_5

_init_weights = True


def no_init_weights(*args, **kwargs):
    class Nothing:
        def __enter__(self):
            return self

        def __exit__(self, *args):
            return None

    return Nothing()


class AttentionInterface(dict):
    def __missing__(self, name):
        if name == "sdpa":
            from .integrations.sdpa_attention import sdpa_attention_forward

            return sdpa_attention_forward
        return unknown("the attention implementation `" + str(name) + "`")

    def __contains__(self, name):
        return name in ("sdpa", "flash_attention_2", "flex_attention")

    def get_interface(self, name, default):
        return default if name is None or name == "eager" else self[name]

    def get(self, name, default=None):
        return default if name is None or name == "eager" else self[name]

    @classmethod
    def register(cls, key, value):
        return None

    def valid_keys(self):
        return ["sdpa", "eager"]


ALL_ATTENTION_FUNCTIONS = AttentionInterface()


def get_parameter_dtype(module):
    for param in module.parameters():
        return param.dtype
    return torch.float32


def get_parameter_device(module):
    for param in module.parameters():
        return param.device
    return torch.device("cpu")


class ModuleUtilsMixin:
    @property
    def device(self):
        return get_parameter_device(self)

    @property
    def dtype(self):
        return get_parameter_dtype(self)

    def invert_attention_mask(self, encoder_attention_mask):
        if encoder_attention_mask.dim() == 3:
            extended = encoder_attention_mask[:, None, :, :]
        if encoder_attention_mask.dim() == 2:
            extended = encoder_attention_mask[:, None, None, :]
        extended = extended.to(dtype=self.dtype)
        return (1.0 - extended) * torch.finfo(self.dtype).min

    @staticmethod
    def create_extended_attention_mask_for_decoder(input_shape, attention_mask, device=None):
        batch_size, seq_length = input_shape
        seq_ids = torch.arange(seq_length)
        causal = seq_ids[None, None, :].repeat(batch_size, seq_length, 1) <= seq_ids[None, :, None]
        causal = causal.to(attention_mask.dtype)
        if causal.shape[1] < attention_mask.shape[1]:
            prefix = attention_mask.shape[1] - causal.shape[1]
            causal = torch.cat(
                [torch.ones((batch_size, seq_length, prefix), dtype=causal.dtype), causal], axis=-1
            )
        return causal[:, None, :, :] * attention_mask[:, None, None, :]

    def get_extended_attention_mask(self, attention_mask, input_shape, device=None, dtype=None):
        if dtype is None:
            dtype = self.dtype
        if attention_mask.dim() == 3:
            extended = attention_mask[:, None, :, :]
        elif attention_mask.dim() == 2:
            if getattr(self.config, "is_decoder", None):
                extended = ModuleUtilsMixin.create_extended_attention_mask_for_decoder(input_shape, attention_mask)
            else:
                extended = attention_mask[:, None, None, :]
        else:
            raise ValueError("Wrong shape for input_ids or attention_mask")
        extended = extended.to(dtype=dtype)
        return (1.0 - extended) * torch.finfo(dtype).min

    def get_head_mask(self, head_mask, num_hidden_layers, is_attention_chunked=False):
        if head_mask is not None:
            if head_mask.dim() == 1:
                head_mask = head_mask.unsqueeze(0).unsqueeze(0).unsqueeze(-1).unsqueeze(-1)
                head_mask = head_mask.expand(num_hidden_layers, -1, -1, -1, -1)
            elif head_mask.dim() == 2:
                head_mask = head_mask.unsqueeze(1).unsqueeze(-1).unsqueeze(-1)
            return head_mask
        return [None] * num_hidden_layers

    def num_parameters(self, only_trainable=False, exclude_embeddings=False):
        return sum(param.numel() for param in self.parameters())

    def warn_if_padding_and_no_attention_mask(self, *args, **kwargs):
        return None

    def estimate_tokens(self, *args, **kwargs):
        return 0


class EmbeddingAccessMixin:
    _input_embed_layer = "embed_tokens"

    def get_input_embeddings(self):
        name = getattr(self, "_input_embed_layer", "embed_tokens")
        if getattr(self, name, None) is not None:
            return getattr(self, name)
        for place in (getattr(self, "embeddings", None), getattr(self, "model", None)):
            if place is not None and hasattr(place, name):
                return getattr(place, name)
        for inner in (getattr(self, "language_model", None), getattr(self, "base_model", None)):
            if inner is not None and inner is not self and hasattr(inner, "get_input_embeddings"):
                return inner.get_input_embeddings()
        raise NotImplementedError("`get_input_embeddings` is not known of " + self.__class__.__name__)

    def set_input_embeddings(self, value):
        name = getattr(self, "_input_embed_layer", "embed_tokens")
        if hasattr(self, "model"):
            setattr(self.model, name, value)
        else:
            setattr(self, name, value)

    def get_output_embeddings(self):
        return getattr(self, "lm_head", None)

    def set_output_embeddings(self, value):
        if getattr(self, "lm_head", None) is not None:
            self.lm_head = value


class PreTrainedModel(nn.Module, EmbeddingAccessMixin, ModuleUtilsMixin):
    config_class = None
    base_model_prefix = ""
    main_input_name = "input_ids"
    model_tags = None
    _checkpoint_conversion_mapping = {}
    _auto_class = None
    _no_split_modules = None
    _skip_keys_device_placement = None
    _keep_in_fp32_modules = None
    _keep_in_fp32_modules_strict = None
    _keys_to_ignore_on_load_missing = None
    _keys_to_ignore_on_load_unexpected = None
    _keys_to_ignore_on_save = None
    _tied_weights_keys = None
    _dynamic_tied_weights_keys = None
    is_parallelizable = False
    supports_gradient_checkpointing = False
    _is_stateful = False
    _supports_flash_attn = False
    _supports_sdpa = False
    _supports_flex_attn = False
    _can_compile_fullgraph = False
    _supports_attention_backend = False
    _can_record_outputs = None
    _tp_plan = None
    _pp_plan = None
    gradient_checkpointing = False
    is_gradient_checkpointing = False

    def __init__(self, config, *inputs, **kwargs):
        super().__init__()
        _choose_attention(type(self), config)
        self.config = config
        self.name_or_path = ""
        self.warnings_issued = {}
        self.generation_config = None
        self.loss_type = None

    @classmethod
    def _from_config(cls, config, **kwargs):
        config = copy.deepcopy(config)
        if kwargs.get("attn_implementation") is not None:
            config._attn_implementation = kwargs.pop("attn_implementation")
        dtype = kwargs.pop("torch_dtype", kwargs.pop("dtype", getattr(config, "dtype", None)))
        if isinstance(dtype, str):
            dtype = getattr(torch, dtype)
        before = torch.get_default_dtype()
        if dtype is not None:
            torch.set_default_dtype(dtype)
        model = cls(config, **kwargs)
        torch.set_default_dtype(before)
        return model

    @classmethod
    def from_pretrained(cls, *args, **kwargs):
        return unknown("a configuration that only the model hub knows")

    @property
    def base_model(self):
        return getattr(self, self.base_model_prefix, self)

    @property
    def framework(self):
        return "pt"

    @property
    def dummy_inputs(self):
        return {}

    @property
    def loss_function(self):
        from .loss.loss_utils import LOSS_MAPPING

        name = self.__class__.__name__
        if self.loss_type is not None and self.loss_type in LOSS_MAPPING:
            return LOSS_MAPPING[self.loss_type]
        for key in LOSS_MAPPING:
            if key in name:
                return LOSS_MAPPING[key]
        return LOSS_MAPPING["ForCausalLM"]

    def post_init(self):
        self.tie_weights()

    def init_weights(self):
        self.tie_weights()

    def _init_weights(self, module):
        return None

    def _initialize_weights(self, module):
        return None

    def _backward_compatibility_gradient_checkpointing(self):
        return None

    def tie_weights(self):
        if is_version_5:
            self._tie_by_name()
            return
        text = self.config.get_text_config(decoder=True) if hasattr(self.config, "get_text_config") else self.config
        if getattr(text, "tie_word_embeddings", True):
            output = self.get_output_embeddings()
            source = None if output is None else self.get_input_embeddings()
            if source is not None and hasattr(source, "weight"):
                output.weight = source.weight
        if getattr(self.config, "is_encoder_decoder", False) and getattr(self.config, "tie_encoder_decoder", False):
            unknown("a tied encoder and decoder")
        for module in self.modules():
            if hasattr(module, "_tie_weights"):
                module._tie_weights()

    def _tie_by_name(self):
        """`_tied_weights_keys` maps a name, or a pattern of names, of a module or a parameter to that it shares."""
        tied = self._tied_weights_keys
        if not tied or not getattr(self.config, "tie_word_embeddings", False):
            return
        names = [name for name, _ in self.named_parameters(remove_duplicate=False)]
        for target, source in tied.items():
            targets = sorted([name for name in names if re.search("^" + target, name)])
            sources = sorted([name for name in names if re.search("^" + source, name)])
            for i, name in enumerate(targets):
                if sources:
                    _share(self, name, sources[i % len(sources)])

    def _tie_or_clone_weights(self, output_embeddings, input_embeddings):
        output_embeddings.weight = input_embeddings.weight

    def _tie_embedding_weights(self, output_embeddings, input_embeddings):
        output_embeddings.weight = input_embeddings.weight

    def resize_token_embeddings(self, *args, **kwargs):
        return self.get_input_embeddings()

    def gradient_checkpointing_enable(self, *args, **kwargs):
        for module in self.modules():
            if hasattr(module, "gradient_checkpointing"):
                module.gradient_checkpointing = True

    def gradient_checkpointing_disable(self):
        return None

    def enable_input_require_grads(self):
        return None

    def set_attn_implementation(self, attn_implementation):
        self.config._attn_implementation = attn_implementation

    def can_generate(self):
        return False

    def prune_heads(self, heads):
        return None

    def is_remote_code(self):
        return False

    @classmethod
    def register_for_auto_class(cls, *args, **kwargs):
        return None

    def _check_and_adjust_attn_implementation(self, implementation, *args, **kwargs):
        return implementation

    def _part(self, names, getter, *args):
        for name in names:
            if hasattr(self, name):
                return getattr(self, name)
        inner = getattr(self, "model", None) if self.base_model is self else self.base_model
        if inner is not None and hasattr(inner, getter):
            return getattr(inner, getter)(*args)
        return self

    def get_encoder(self, modality=None):
        by_modality = {
            "audio": ("audio_tower", "audio_encoder", "speech_encoder"),
            None: ("text_encoder", "encoder"),
        }
        seeing = ("vision_tower", "visual", "vision_model", "vision_encoder", "image_tower")
        return self._part(by_modality.get(modality, seeing), "get_encoder", *([modality] if modality else []))

    def get_decoder(self):
        return self._part(("language_model", "text_model", "decoder", "text_decoder"), "get_decoder")


class PreTrainedAudioTokenizerBase(PreTrainedModel):
    def encode(self, *args, **kwargs):
        raise NotImplementedError

    def decode(self, *args, **kwargs):
        raise NotImplementedError


def _choose_attention(cls, config):
    if getattr(config, "_attn_implementation", None) is not None:
        return
    wanted = getattr(config, "_attn_implementation_internal", None)
    if wanted is None:
        wanted = "sdpa" if cls._supports_sdpa else "eager"
    config._attn_implementation = wanted
    for key in getattr(config, "sub_configs", {}):
        inner = getattr(config, key, None)
        if inner is not None and getattr(inner, "_attn_implementation", None) is None:
            inner._from_parent = wanted


def _share(model, target, source):
    parameter = model.get_parameter(source)
    path, _, name = target.rpartition(".")
    setattr(model.get_submodule(path), name, parameter)


class PoolerStartLogits(nn.Module):
    pass


def unwrap_model(model, recursive=False):
    return model


def get_torch_context_manager_or_global_device():
    return None


def load_state_dict(*args, **kwargs):
    return unknown("the content of a checkpoint")


def __getattr__(name):
    return unknown("`transformers.modeling_utils." + name + "`")
