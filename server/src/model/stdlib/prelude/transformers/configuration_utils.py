import copy
from dataclasses import dataclass, fields

import torch
from _ecocompute_std import unknown

try:
    # Version 5 keeps here what a configuration says of rotary embeddings.
    from .modeling_rope_utils import RotaryEmbeddingConfigMixin
except ImportError:

    class RotaryEmbeddingConfigMixin:
        pass


is_version_5 = hasattr(RotaryEmbeddingConfigMixin, "convert_rope_params_to_dict")


def _declares_fields(cls):
    """Most configurations of version 5 have fields in place of an `__init__`."""
    for each in cls.__mro__:
        if "__init__" in each.__dict__:
            return False
        if each.__annotations__:
            return is_version_5
    return False


def _fields_of(cls):
    for each in reversed(cls.__mro__):
        if issubclass(each, PretrainedConfig) and each is not PretrainedConfig:
            if "__dataclass_fields__" not in each.__dict__:
                dataclass(each, init=False, repr=False, eq=False, kw_only=True)
    return fields(cls)


class _Layers:
    """Configurations by the number of a layer, or by its kind where all of that kind are alike."""

    def __init__(self, layers, whole):
        self.layers = layers
        self.whole = whole

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)

    def __getitem__(self, key):
        return self.layers[self.whole.layer_types.index(key) if isinstance(key, str) else key]


class PretrainedConfig(RotaryEmbeddingConfigMixin):
    model_type = ""
    base_config_key = ""
    sub_configs = {}
    has_no_defaults_at_init = False
    is_composition = False
    attribute_map = {}
    base_model_tp_plan = None
    base_model_pp_plan = None
    base_model_ep_plan = None
    base_model_fsdp_plan = {}
    _auto_class = None
    _name_or_path = ""

    def __setattr__(self, key, value):
        if key in type(self).attribute_map:
            key = type(self).attribute_map[key]
        object.__setattr__(self, key, value)

    def __getattr__(self, key):
        if key in type(self).attribute_map:
            return getattr(self, type(self).attribute_map[key])
        if key == "per_layer_config" and is_version_5:
            return _Layers([self] * self.num_hidden_layers, self)
        if key == "rope_scaling" and is_version_5:
            return self.rope_parameters
        raise AttributeError(key)

    def __init__(self, **kwargs):
        declared = _fields_of(type(self)) if _declares_fields(type(self)) else None
        # transformers looks into the map before anything else: what a class has under these names is never read.
        for key in type(self).attribute_map:
            for each in type(self).__mro__:
                if key in each.__dict__:
                    delattr(each, key)
        if declared is None:
            self._set_arguments(**kwargs)
        else:
            self._set_fields(declared, kwargs)

    def _set_fields(self, declared, kwargs):
        common = {
            "transformers_version": None, "architectures": None, "output_hidden_states": False, "return_dict": True,
            "dtype": None, "chunk_size_feed_forward": 0, "is_encoder_decoder": False, "id2label": None,
            "label2id": None, "problem_type": None,
        }
        for key, value in common.items():
            setattr(self, key, kwargs.pop(key, value))
        for each in declared:
            if each.name in kwargs:
                value = kwargs.pop(each.name)
            else:
                value = each.default if each.default_factory is None else each.default_factory()
            setattr(self, each.name, value)
        self.__post_init__(**kwargs)

    def __post_init__(self, **kwargs):
        dtype = kwargs.pop("torch_dtype", None)
        if self.dtype is None:
            self.dtype = dtype
        if isinstance(self.dtype, str):
            self.dtype = getattr(torch, self.dtype)
        if self.id2label is None:
            self.num_labels = kwargs.pop("num_labels", 2)
        if hasattr(self, "rope_parameters"):
            kwargs = self.convert_rope_params_to_dict(**kwargs)
        self.output_attentions = kwargs.pop("output_attentions", False)
        self._attn_implementation = kwargs.pop("attn_implementation", None)
        self._experts_implementation = kwargs.pop("experts_implementation", None)
        by_layer = kwargs.pop("per_layer_config", None)
        for key, value in kwargs.items():
            setattr(self, key, value)
        if by_layer is not None:
            layers = [self._of_layer(by_layer, i) for i in range(self.num_hidden_layers)]
            self.per_layer_config = _Layers(layers, self)

    def _of_layer(self, by_layer, index):
        made = copy.copy(self)
        for key, value in by_layer.get(index, by_layer.get(str(index), {})).items():
            setattr(made, key, value)
        return made

    def _set_arguments(
        self, *, output_hidden_states=False, output_attentions=False, return_dict=True, torchscript=False, dtype=None,
        torch_dtype=None, pruned_heads=None, tie_word_embeddings=True, chunk_size_feed_forward=0,
        is_encoder_decoder=False, is_decoder=False, cross_attention_hidden_size=None, add_cross_attention=False,
        tie_encoder_decoder=False, architectures=None, finetuning_task=None, id2label=None, label2id=None,
        num_labels=None, task_specific_params=None, problem_type=None, tokenizer_class=None, prefix=None,
        bos_token_id=None, pad_token_id=None, eos_token_id=None, sep_token_id=None, decoder_start_token_id=None,
        **kwargs,
    ):
        self.return_dict = return_dict
        self.output_hidden_states = output_hidden_states
        self.torchscript = torchscript
        self.dtype = dtype if dtype is not None else torch_dtype
        self._output_attentions = output_attentions
        self.output_attentions = output_attentions
        self.pruned_heads = pruned_heads if pruned_heads is not None else {}
        self.tie_word_embeddings = tie_word_embeddings
        self.chunk_size_feed_forward = chunk_size_feed_forward
        self.is_encoder_decoder = is_encoder_decoder
        self.is_decoder = is_decoder
        self.cross_attention_hidden_size = cross_attention_hidden_size
        self.add_cross_attention = add_cross_attention
        self.tie_encoder_decoder = tie_encoder_decoder
        self.architectures = architectures
        self.finetuning_task = finetuning_task
        if id2label is None:
            count = 2 if num_labels is None else num_labels
            id2label = {i: "LABEL_{}".format(i) for i in range(count)}
        self.id2label = id2label
        self.label2id = label2id if label2id is not None else {label: i for i, label in id2label.items()}
        self.task_specific_params = task_specific_params
        self.problem_type = problem_type
        self.tokenizer_class = tokenizer_class
        self.prefix = prefix
        self.bos_token_id = bos_token_id
        self.pad_token_id = pad_token_id
        self.eos_token_id = eos_token_id
        self.sep_token_id = sep_token_id
        self.decoder_start_token_id = decoder_start_token_id
        self._attn_implementation = kwargs.pop("attn_implementation", kwargs.pop("_attn_implementation", None))
        self.name_or_path = ""
        self.transformers_version = None
        legacy = {
            "max_length": 20, "min_length": 0, "do_sample": False, "early_stopping": False, "num_beams": 1,
            "temperature": 1.0, "top_k": 50, "top_p": 1.0, "repetition_penalty": 1.0, "typical_p": 1.0,
            "num_beam_groups": 1, "diversity_penalty": 0.0, "length_penalty": 1.0, "no_repeat_ngram_size": 0,
            "encoder_no_repeat_ngram_size": 0, "bad_words_ids": None, "num_return_sequences": 1,
            "output_scores": False, "return_dict_in_generate": False, "forced_bos_token_id": None,
            "forced_eos_token_id": None, "remove_invalid_values": False,
            "exponential_decay_length_penalty": None, "suppress_tokens": None, "begin_suppress_tokens": None,
        }
        for key, value in legacy.items():
            setattr(self, key, kwargs.pop(key, value))
        if is_version_5 and hasattr(self, "rope_parameters"):
            kwargs = self.convert_rope_params_to_dict(**kwargs)
        for key, value in kwargs.items():
            setattr(self, key, value)

    @property
    def name_or_path(self):
        return ""

    @name_or_path.setter
    def name_or_path(self, value):
        return None

    @property
    def use_return_dict(self):
        # Configurations of version 5 know nothing of TorchScript.
        return self.return_dict and not self.__dict__.get("torchscript", False)

    @property
    def num_labels(self):
        return len(self.id2label)

    @num_labels.setter
    def num_labels(self, count):
        object.__setattr__(self, "id2label", {i: "LABEL_{}".format(i) for i in range(count)})

    @property
    def torch_dtype(self):
        return self.dtype

    @torch_dtype.setter
    def torch_dtype(self, value):
        self.dtype = value

    @property
    def _attn_implementation(self):
        found = self.__dict__.get("_attn_implementation_internal")
        return found if found is not None else self.__dict__.get("_from_parent")

    @_attn_implementation.setter
    def _attn_implementation(self, value):
        if isinstance(value, dict):
            value = value.get("")
        object.__setattr__(self, "_attn_implementation_internal", value)
        if value is not None:
            for key in self.sub_configs:
                inner = self.__dict__.get(key)
                if inner is not None:
                    inner._attn_implementation = value

    @property
    def _attn_implementation_autoset(self):
        return False

    def get_text_config(self, decoder=None, encoder=None):
        for name in ("text_config", "decoder", "generator", "text_encoder"):
            inner = self.__dict__.get(name)
            if isinstance(inner, PretrainedConfig):
                return inner
        if decoder and self.is_encoder_decoder:
            return self._one_side("decoder")
        if encoder and self.is_encoder_decoder:
            return self._one_side("encoder")
        return self

    def _one_side(self, keep):
        made = copy.deepcopy(self)
        for key, value in self.to_dict().items():
            if key.startswith(keep + "_"):
                plain = key[len(keep) + 1 :]
                named = {"layers": "num_hidden_layers", "attention_heads": "num_attention_heads"}
                object.__setattr__(made, named.get(plain, plain), value)
        return made

    def to_dict(self):
        return {key: copy.deepcopy(value) for key, value in self.__dict__.items()}

    def to_diff_dict(self):
        return self.to_dict()

    def update(self, values):
        for key, value in values.items():
            setattr(self, key, value)

    @classmethod
    def from_dict(cls, config_dict, **kwargs):
        return cls(**{**config_dict, **kwargs})

    @classmethod
    def from_pretrained(cls, *args, **kwargs):
        return unknown("a configuration that only the model hub knows")

    @classmethod
    def get_config_dict(cls, *args, **kwargs):
        return unknown("a configuration that only the model hub knows"), {}

    def save_pretrained(self, *args, **kwargs):
        return None


PreTrainedConfig = PretrainedConfig


def layer_type_validation(*args, **kwargs):
    return None


def get_configuration_file(*args, **kwargs):
    return "config.json"


ALLOWED_LAYER_TYPES = ("full_attention", "sliding_attention", "chunked_attention", "linear_attention")
