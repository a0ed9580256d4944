"""Outputs of layers that are asked for beside the result: hooks collect them for the innermost model that asks."""
from _ecocompute_std import unknown

_CAN_RECORD_REGISTRY = {}
_active = []


class OutputRecorder:
    def __init__(self, target_class, index=0, layer_name=None, class_name=None, capture_initial_hidden_state=True):
        self.target_class = target_class
        self.index = index
        self.layer_name = layer_name
        self.class_name = class_name
        self.capture_initial_hidden_state = capture_initial_hidden_state


def _recorder(key, what):
    if isinstance(what, OutputRecorder):
        return what
    index = 0 if "hidden_states" in key else 1
    if isinstance(what, str):
        return OutputRecorder(None, index, class_name=what)
    return OutputRecorder(what, index)


def _recorders(model):
    found = []
    for key, all_of in (getattr(model, "_can_record_outputs", None) or {}).items():
        for what in all_of if isinstance(all_of, list) else [all_of]:
            found.append((key, _recorder(key, what)))
    return found


def _matches(module, path, recorder):
    is_class = recorder.target_class is not None and isinstance(module, recorder.target_class)
    is_name = recorder.class_name is not None and path.endswith(recorder.class_name)
    if not is_class and not is_name:
        return False
    layer = recorder.layer_name
    return layer is None or "." + layer.strip(".") + "." in path + "."


def _hook(key, recorder):
    def collect(module, args, output):
        wanted = _active[-1] if _active else {}
        if key not in wanted:
            return
        if recorder.capture_initial_hidden_state and key == "hidden_states" and not wanted[key]:
            wanted[key].append(args[0])
        made = output[recorder.index] if isinstance(output, tuple) else output
        if made is not None:
            wanted[key].append(made)

    return collect


def _install(module, path, recorders):
    from ..modeling_utils import PreTrainedModel

    for name, child in module.named_children():
        _install(child, path + "." + name, _recorders(child) if isinstance(child, PreTrainedModel) else recorders)
    for key, recorder in recorders:
        if _matches(module, path, recorder):
            module.register_forward_hook(_hook(key, recorder))


def maybe_install_capturing_hooks(model):
    if not getattr(model, "_output_capturing_hooks_installed", False):
        _install(model, "", _recorders(model))
        model._output_capturing_hooks_installed = True


def _asked(model, kwargs):
    keys = getattr(model, "_can_record_outputs", None) or {}
    asked = {}
    for key in keys:
        name = "output_attentions" if key == "cross_attentions" else "output_" + key
        value = kwargs.get(name, getattr(model.config, name, False))
        if isinstance(value, (list, tuple, set)):
            unknown("hidden states of chosen layers")
        if value:
            asked[key] = []
    return asked


def capture_outputs(func=None, *, tie_last_hidden_states=True):
    def decorate(func):
        def wrapper(self, *args, **kwargs):
            return_dict = kwargs.pop("return_dict", getattr(self.config, "return_dict", True))
            asked = _asked(self, kwargs)
            if asked:
                maybe_install_capturing_hooks(self)
            _active.append(asked)
            outputs = func(self, *args, **kwargs)
            _active.pop()
            for key, made in asked.items():
                tied = getattr(self.config, "tie_last_hidden_states", None)
                if key == "hidden_states" and (tie_last_hidden_states if tied is None else tied):
                    if hasattr(outputs, "last_hidden_state"):
                        made = made[:-1] + [outputs.last_hidden_state]
                outputs[key] = tuple(made)
            return outputs.to_tuple() if return_dict is False and not isinstance(outputs, tuple) else outputs

        wrapper.__wrapped__ = func
        return wrapper

    return decorate(func) if func is not None else decorate


def __getattr__(name):
    return unknown("`transformers.utils.output_capturing." + name + "`")
