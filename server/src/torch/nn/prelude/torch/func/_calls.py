import torch


class _Swapped:
    """Has other tensors in the place of parameters and buffers, for a while."""

    def __init__(self, module, tensors):
        self._places = []
        for name, tensor in tensors.items():
            path, _, key = name.rpartition(".")
            owner = module.get_submodule(path)
            for store in (owner._parameters, owner._buffers):
                if key in store:
                    self._places.append((store, key, tensor))

    def _swap(self):
        before = [(store, key, store[key]) for store, key, _ in self._places]
        for store, key, tensor in self._places:
            store[key] = tensor
        self._places = before

    def __enter__(self):
        self._swap()

    def __exit__(self, *args):
        self._swap()
        return None


def _named(module):
    yield from module.named_parameters(remove_duplicate=False)
    yield from module.named_buffers(remove_duplicate=False)


def _with_ties(module, tensors):
    """The same for all other names of what is given under one of them."""
    names = {}
    for name, tensor in _named(module):
        names.setdefault(id(tensor), []).append(name)
    made = dict(tensors)
    for tied in names.values():
        given = [name for name in tied if name in tensors]
        if len(given) > 0:
            for name in tied:
                made.setdefault(name, tensors[given[0]])
    return made


def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, *, tie_weights=True, strict=False):
    given = parameter_and_buffer_dicts
    if not isinstance(given, dict):
        merged = {}
        for each in given:
            merged.update(each)
        given = merged
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    with _Swapped(module, _with_ties(module, given) if tie_weights else given):
        return module(*args, **({} if kwargs is None else kwargs))


def _stacked(tensors):
    stacked = torch.stack(tensors)
    return stacked.detach().requires_grad_() if tensors[0].requires_grad else stacked.detach()


def stack_module_state(models):
    if len(models) == 0:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    params = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) for model in models]
    return tuple({name: _stacked([each[name] for each in of]) for name in of[0]} for of in (params, buffers))


def functionalize(func, *, remove="mutations"):
    return func
