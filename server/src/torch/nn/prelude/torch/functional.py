import torch.nn.functional as F
from torch import (
    atleast_1d, atleast_2d, atleast_3d, block_diag, broadcast_shapes, broadcast_tensors, cartesian_prod, cdist, chain_matmul, einsum,
    istft, lu, meshgrid, norm, split, stft, tensordot, unique, unique_consecutive,
)
