import torch
import torch.nn.functional as F
from torch import nn


class ColumnParallelLinear(nn.Module):
    def __init__(
        self, in_features, out_features, bias=True, gather_output=True, init_method=None, stride=1,
        keep_master_weight_for_test=False,
    ):
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = nn.Parameter(torch.Tensor(out_features, in_features))
        self.bias = nn.Parameter(torch.Tensor(out_features)) if bias else None

    def forward(self, input_):
        return F.linear(input_, self.weight, self.bias)


class RowParallelLinear(nn.Module):
    def __init__(
        self, in_features, out_features, bias=True, input_is_parallel=False, init_method=None, stride=1,
        keep_master_weight_for_test=False,
    ):
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = nn.Parameter(torch.Tensor(out_features, in_features))
        self.bias = nn.Parameter(torch.Tensor(out_features)) if bias else None

    def forward(self, input_):
        output = F.linear(input_, self.weight)
        return output if self.bias is None else output + self.bias


class ParallelEmbedding(nn.Module):
    def __init__(
        self, num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0,
        scale_grad_by_freq=False, sparse=False, init_method=None, keep_master_weight_for_test=False,
    ):
        super().__init__()
        self.weight = nn.Parameter(torch.Tensor(num_embeddings, embedding_dim))

    def forward(self, input_):
        return F.embedding(input_, self.weight)


class VocabParallelEmbedding(ParallelEmbedding):
    def __init__(
        self, num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0,
        scale_grad_by_freq=False, sparse=False, init_method=None,
    ):
        super().__init__(num_embeddings, embedding_dim)
