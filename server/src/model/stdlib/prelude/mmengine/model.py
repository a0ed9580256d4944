from mmcv.runner import BaseModule, ModuleDict, ModuleList, Sequential
