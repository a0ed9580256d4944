class Optimizer:
    def __init__(self, params, *args, **kwargs):
        given = args[0] if len(args) > 0 and isinstance(args[0], dict) else {**kwargs, **({"lr": args[0]} if args else {})}
        self.defaults = given
        self.state = {}
        groups = list(params)
        if len(groups) > 0 and not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        self.param_groups = [{**given, **group} for group in groups]

    def add_param_group(self, param_group):
        self.param_groups.append({**self.defaults, **param_group})

    def step(self, closure=None):
        return None

    def zero_grad(self, set_to_none=True):
        return None

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        return None


class SGD(Optimizer):
    pass


class Adam(Optimizer):
    pass


class AdamW(Optimizer):
    pass


class Adagrad(Optimizer):
    pass


class RMSprop(Optimizer):
    pass


class LBFGS(Optimizer):
    pass


class NAdam(Optimizer):
    pass


class RAdam(Optimizer):
    pass


class Adadelta(Optimizer):
    pass


class Adamax(Optimizer):
    pass


class ASGD(Optimizer):
    pass


class Rprop(Optimizer):
    pass


class SparseAdam(Optimizer):
    pass


class Adafactor(Optimizer):
    pass


from . import lr_scheduler
