from .shape import AdaptiveLogSoftmaxWithLoss
