"""Names that code for other releases, and code that extends the layers, takes from torch."""
import torch
from torch import nn
from torch._six import string_classes
from torch.autograd.function import Function, once_differentiable
from torch.cuda.amp import custom_bwd, custom_fwd
from torch.nn import functional as F
from torch.nn.init import _calculate_fan_in_and_fan_out, calculate_gain
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.linear import NonDynamicallyQuantizableLinear
from torch.nn.modules.rnn import RNNBase
from torch.nn.modules.transformer import _get_clones
from torch.nn.modules.utils import _ntuple, _reverse_repeat_tuple
from torch.nn.utils import fuse_conv_bn_eval, parameters_to_vector, prune
from torch.nn.utils.fusion import fuse_conv_bn_weights

READS_VALUES = True


def wrap(forward, **layers):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            for name, layer in layers.items():
                setattr(self, name, layer)

    Net.forward = forward
    return Net()


def own_batch_norm():
    class B(_BatchNorm):
        def _check_input_dim(self, x):
            pass
    return wrap(lambda self, x: self.b(x), b=B(8))


def own_recurrence():
    class R(RNNBase):
        def __init__(self, *a, **k):
            super().__init__("GRU", *a, **k)
        def forward(self, x):
            h = x.new_zeros(self.num_layers, x.shape[1], self.hidden_size)
            return torch._VF.gru(x, h, self._flat_weights, self.bias, self.num_layers, 0.0, self.training, self.bidirectional, self.batch_first)[0]
    return wrap(lambda self, x: self.r(x[None]), r=R(8, 5))


def flat_weights_of_a_recurrence():
    g = nn.LSTM(8, 4, 2, bidirectional=True)
    return wrap(lambda self, x: (self.g(x[None])[0], len(self.g._flat_weights), [n for a in self.g._all_weights for n in a].count("weight_ih_l0"), len(self.g.all_weights)), g=g)


def widths_by_fans():
    fi, fo = _calculate_fan_in_and_fan_out(torch.empty(6, 3, 3, 3))
    return nn.Sequential(nn.Linear(8, fi), nn.Linear(fi, fo), nn.Linear(fo, int(calculate_gain("relu") * 10)))


def clones_of_transformers():
    return nn.Sequential(*_get_clones(nn.Linear(8, 8), 3))


def functional_attention():
    m = nn.MultiheadAttention(8, 2)
    def forward(self, x):
        q = x[:, None]
        o, w = F.multi_head_attention_forward(q, q, q, 8, 2, self.m.in_proj_weight, self.m.in_proj_bias, None, None, False, 0.0, self.m.out_proj.weight, self.m.out_proj.bias, training=False, need_weights=False)
        return o

    return wrap(forward, m=m)


def packed_projection():
    def forward(self, x):
        q, k, v = F._in_projection_packed(x, x, x, self.m.in_proj_weight, self.m.in_proj_bias)
        return q @ k.t() @ v

    return wrap(forward, m=nn.MultiheadAttention(8, 2))


def packed_projections_of_others():
    def forward(self, x):
        q, k, v = F._in_projection_packed(x, x + 1, x * 2, self.m.in_proj_weight, self.m.in_proj_bias)
        a, b, c = F._in_projection_packed(x, q, q, self.m.in_proj_weight, None)
        return q @ k.t() @ v, a, b, c

    return wrap(forward, m=nn.MultiheadAttention(8, 2))


def fused_batch_norm():
    c, b = nn.Conv2d(1, 3, 3).eval(), nn.BatchNorm2d(3).eval()
    return wrap(lambda self, x: self.c(x.view(1, 1, 4, 4)), c=fuse_conv_bn_eval(c, b))


def fused_weights():
    c, b = nn.Conv2d(1, 3, 3, bias=False).eval(), nn.BatchNorm2d(3).eval()
    c.weight, c.bias = fuse_conv_bn_weights(c.weight, c.bias, b.running_mean, b.running_var, b.eps, b.weight, b.bias)
    return wrap(lambda self, x: self.c(x.view(1, 1, 4, 4)), c=c)


def linear_that_is_not_quantized():
    return nn.Sequential(NonDynamicallyQuantizableLinear(8, 4))


def repeated_tuples():
    a, b = _ntuple(3)(2), _reverse_repeat_tuple((1, 2), 2)
    return nn.Linear(8, sum(a) + sum(b))


def kinds_of_six():
    return nn.Linear(8, 3 if isinstance("a", string_classes) else 4)


def decorated_function():
    class Fn(Function):
        @staticmethod
        @custom_fwd
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            ctx.mark_non_differentiable()
            return x @ w.t()
        @staticmethod
        @once_differentiable
        @custom_bwd
        def backward(ctx, g):
            return g, None
    return wrap(lambda self, x: Fn.apply(x, self.l.weight), l=nn.Linear(8, 3))


def width_of_all_parameters():
    l = nn.Linear(8, 3)
    n = parameters_to_vector(l.parameters()).numel()
    return nn.Linear(8, n)


def spectral_norm():
    return wrap(lambda self, x: self.l(x), l=nn.utils.spectral_norm(nn.Linear(8, 4)))


def weight_norm_removed():
    return wrap(lambda self, x: self.l(x), l=nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(8, 4))))


def pruned():
    l = nn.Linear(8, 4)
    prune.l1_unstructured(l, "weight", 0.3)
    return l


def pruned_twice():
    m = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2))
    prune.ln_structured(m[0], name="weight", amount=0.5, n=2, dim=0)
    prune.random_unstructured(m[0], name="weight", amount=0.5)
    prune.l1_unstructured(m[2], "bias", amount=1)
    return m


def pruned_removed():
    m = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2))
    prune.global_unstructured([(m[0], "weight"), (m[2], "weight")], pruning_method=prune.L1Unstructured, amount=0.2)
    a = prune.is_pruned(m)
    prune.remove(m[0], "weight")
    prune.remove(m[2], "weight")
    m.n = nn.Linear(2, 3 if a and not prune.is_pruned(m) else 4)
    return m


MODELS = {
    f"{name}()": (made, lambda: [torch.linspace(-1, 1.5, 16).reshape(2, 8)])
    for name, made in list(globals().items())
    if callable(made) and getattr(made, "__module__", "") == __name__ and name != "wrap"
}
