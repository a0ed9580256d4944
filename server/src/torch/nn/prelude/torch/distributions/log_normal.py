from ._real import LogNormal
