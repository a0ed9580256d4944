from _ecocompute_std import unknown
from torch.nn import SyncBatchNorm as _SyncBatchNorm
from torch.nn.parallel import DistributedDataParallel as _DistributedDataParallel


class SyncBatchNorm(_SyncBatchNorm):
    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, process_group=None,
        channel_last=False, fuse_relu=False,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats)


class DistributedDataParallel(_DistributedDataParallel):
    def __init__(self, module, *args, **kwargs):
        super().__init__(module)


def convert_syncbn_model(module, process_group=None, channel_last=False):
    return _SyncBatchNorm.convert_sync_batchnorm(module)


def __getattr__(name):
    return unknown("`apex.parallel." + name + "` is not interpreted")
