from mmcv.utils import Registry, build_from_cfg
