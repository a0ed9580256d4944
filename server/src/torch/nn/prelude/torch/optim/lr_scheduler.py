"""Schedules of learning rates: training alone steps them, so what a rate is only the run knows."""
from _ecocompute import unknown


class LRScheduler:
    def __init__(self, optimizer, *args, **kwargs):
        self.optimizer = optimizer
        self.last_epoch = 0
        self.base_lrs = [group.get("lr", unknown("a learning rate")) for group in optimizer.param_groups]

    def step(self, *args, **kwargs):
        return None

    def get_last_lr(self):
        return [unknown("a learning rate") for _ in self.base_lrs]

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        return None


_LRScheduler = LRScheduler


class LambdaLR(LRScheduler):
    pass


class MultiplicativeLR(LRScheduler):
    pass


class StepLR(LRScheduler):
    pass


class MultiStepLR(LRScheduler):
    pass


class ConstantLR(LRScheduler):
    pass


class LinearLR(LRScheduler):
    pass


class ExponentialLR(LRScheduler):
    pass


class SequentialLR(LRScheduler):
    pass


class ChainedScheduler(LRScheduler):
    def __init__(self, schedulers, optimizer=None):
        super().__init__(optimizer or schedulers[0].optimizer)


class PolynomialLR(LRScheduler):
    pass


class CosineAnnealingLR(LRScheduler):
    pass


class CosineAnnealingWarmRestarts(LRScheduler):
    pass


class ReduceLROnPlateau(LRScheduler):
    pass


class CyclicLR(LRScheduler):
    pass


class OneCycleLR(LRScheduler):
    pass
