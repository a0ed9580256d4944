"""What is captured beside the result (hidden states, attention) is no work of its own."""
from _ecocompute_std import unknown


class OutputRecorder:
    def __init__(self, target_class, index=0, layer_name=None, class_name=None, capture_initial_hidden_state=True):
        self.target_class = target_class
        self.index = index


def capture_outputs(func=None, *, tie_last_hidden_states=True):
    def decorate(func):
        def wrapper(self, *args, **kwargs):
            return_dict = kwargs.pop("return_dict", getattr(self.config, "return_dict", True))
            outputs = func(self, *args, **kwargs)
            return outputs.to_tuple() if return_dict is False and not isinstance(outputs, tuple) else outputs

        wrapper.__wrapped__ = func
        return wrapper

    return decorate(func) if func is not None else decorate


_CAN_RECORD_REGISTRY = {}


def __getattr__(name):
    return unknown("`transformers.utils.output_capturing." + name + "`")
