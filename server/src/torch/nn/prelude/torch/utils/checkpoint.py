import _ecocompute as _native


def checkpoint(function, *args, use_reentrant=None, preserve_rng_state=True, context_fn=None, determinism_check="default", debug=False, **kwargs):
    return _native.checkpoint(function, *args, **kwargs)


def checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs):
    modules = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(modules) // segments
    start = 0
    for i in range(segments):
        end = start + size if i < segments - 1 else len(modules)

        def run(x, part=modules[start:end]):
            for module in part:
                x = module(x)
            return x

        input = _native.checkpoint(run, input) if i < segments - 1 else run(input)
        start = end
    return input


def set_checkpoint_debug_enabled(enabled):
    return None


def get_device_states(*args):
    return [], []


def set_device_states(devices, states, **kwargs):
    return None


def detach_variable(inputs):
    return tuple(each.detach() if hasattr(each, "detach") else each for each in inputs)
