"""Sizes that elements decide: some elements are known, and some sizes decide nothing that is counted."""
import torch
from torch import nn
from torch.nn import functional as F
from torch.autograd import Variable
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence, pad_sequence, unpad_sequence

READS_VALUES = True


def net(forward, **layers):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            self.rnn = nn.GRU(8, 6, batch_first=True)
            self.lstm = nn.LSTM(8, 6, 2, batch_first=True, bidirectional=True)
            for name, layer in layers.items():
                setattr(self, name, layer)

    Net.forward = forward
    return Net()


def seq(x): return x[:, None].expand(-1, 5, -1).contiguous()


def packed_known():
    def f(self, x):
        p = pack_padded_sequence(seq(x), [5, 3], batch_first=True)
        o, h = self.rnn(p)
        o, l = pad_packed_sequence(o, batch_first=True)
        return o, h, l

    return net(f)


def as_many_rows_as_the_view_says():
    def forward(self, x):
        rows = x.reshape(2, 4, 2)
        best = rows.sum(-1).argmax(1, keepdim=True) == torch.arange(4)
        return self.last(rows[best].view(2, 2)), rows[best[:, :, None].expand(-1, -1, 2)].reshape(2, 2)

    return net(forward, last=nn.Linear(2, 3))


def packed_again_by_hand():
    def f(self, x):
        p = pack_padded_sequence(seq(x), [5, 3], batch_first=True)
        o, h = self.rnn(PackedSequence(torch.relu(p.data), p.batch_sizes))
        return pad_packed_sequence(o, batch_first=True), h

    return net(f)


def masked_assignment_keeps_what_is_known():
    def f(self, x):
        n = torch.tensor([[5, 0], [3, -1]])
        n[n < 0] = 2
        n[torch.tensor([True, False]), 1] = 4
        n[:, 0][torch.tensor([False, True])] = torch.tensor(1.9).long()
        p = pack_padded_sequence(seq(x), n[:, 0], batch_first=True)
        return self.rnn(p)[0].data, x.new_zeros(n.flatten().tolist())

    return net(f)


def variables_are_tensors():
    def f(self, x):
        known = [isinstance(each, Variable) for each in (x, self.fc.weight, self.fc, 3)]
        return self.fc(x) if known == [True, True, False, False] else x[:, :2]

    return net(f)


def packed_known_unsorted():
    def f(self, x):
        p = pack_padded_sequence(seq(x), [3, 4], batch_first=True, enforce_sorted=False)
        o, h = self.rnn(p)
        o, l = pad_packed_sequence(o, batch_first=True)
        return o, h, l, p.data

    return net(f)


def packed_tensor_known():
    def f(self, x):
        p = pack_padded_sequence(seq(x), torch.tensor([4, 2]), batch_first=True)
        o, (h, c) = self.lstm(p)
        o, l = pad_packed_sequence(o, batch_first=True, total_length=5)
        return o, h, c, p.data, p.batch_sizes

    return net(f)


def packed_all_full():
    def f(self, x):
        s = seq(x)
        lengths = torch.full((s.shape[0],), s.shape[1])
        p = pack_padded_sequence(s, lengths, batch_first=True)
        o, h = self.rnn(p)
        return pad_packed_sequence(o, batch_first=True)[0], h

    return net(f)


def packed_sequence_list():
    def f(self, x):
        p = pack_sequence([seq(x)[0], seq(x)[1, :2]])
        o, h = self.rnn(p)
        o, l = pad_packed_sequence(o)
        return o, h, p.data

    return net(f)


def packed_lengths_of_mask():
    def f(self, x):
        s = seq(x)
        mask = torch.ones(s.shape[:2], dtype=torch.bool)
        mask[1, 3:] = False
        p = pack_padded_sequence(s, mask.sum(1), batch_first=True)
        o, h = self.rnn(p)
        return pad_packed_sequence(o, batch_first=True)[0], h

    return net(f)


def packed_unknown_sorted():
    def f(self, x):
        s = seq(x)
        n = (x.sum(1) * 0).long() + 5
        n, i = n.sort(descending=True)
        p = pack_padded_sequence(s[i], n, batch_first=True)
        o, h = self.rnn(p)
        o, _ = pad_packed_sequence(o, batch_first=True, total_length=5)
        return o[i.argsort()], h

    return net(f)


def pad_seq():
    return net(lambda self, x: self.fc(pad_sequence([x, x[:1]], batch_first=True)))


def unpad_seq():
    return net(lambda self, x: unpad_sequence(seq(x), torch.tensor([5, 2]), batch_first=True))


def tril_mask():
    def f(self, x):
        m = torch.tril(torch.ones(8, 8)) == 1
        s = x @ self.fc.weight
        return self.fc((s[:, :, None] * torch.ones(8))[:, m].mean(1, keepdim=True).expand(2, 8))

    return net(f)


def arange_mask():
    def f(self, x):
        m = torch.arange(8) < 3
        return x[:, m] @ torch.ones(3, 4)

    return net(f)


def lengths_mask():
    def f(self, x):
        lens = torch.tensor([3, 1])
        m = torch.arange(4)[None] < lens[:, None]
        s = x.view(2, 4, 2)
        return self.fc(s[m].repeat(1, 4))

    return net(f)


def nonzero_known():
    def f(self, x):
        i = torch.nonzero(torch.tensor([0, 1, 1, 0, 1, 0, 0, 0]))
        j, = torch.tensor([0, 1, 1, 0, 1, 0, 0, 0]).nonzero(as_tuple=True)
        return x[:, i[:, 0]], x[:, j], i

    return net(f)


def where_known():
    def f(self, x):
        j, = torch.where(torch.arange(8) % 2 == 0)
        return x[:, j]

    return net(f)


def masked_select_known():
    return net(lambda self, x: x.masked_select(torch.arange(8) > 4))


def unique_known():
    def f(self, x):
        u = torch.unique(torch.tensor([3, 1, 1, 2]))
        v, inv, n = torch.unique(torch.tensor([3, 1, 1, 2]), return_inverse=True, return_counts=True)
        w = torch.unique_consecutive(torch.tensor([3, 1, 1, 2, 1]))
        return x[:, u], v, inv, n, w

    return net(f)


def unique_pairs():
    def f(self, x):
        u = torch.unique(torch.tensor([[3, 1], [1, 2], [3, 1]]), dim=0)
        return x[:, u]

    return net(f)


def bucketized():
    def f(self, x):
        b = torch.bucketize(torch.tensor([1, 5, 9]), torch.tensor([2, 4, 8]))
        s = torch.searchsorted(torch.tensor([2, 4, 8]), torch.tensor([3, 8]))
        return x[:, : int(b[1])], x[:, : int(s[1])]

    return net(f)


def bincount_known():
    return net(lambda self, x: (torch.bincount(torch.tensor([1, 1, 3])), torch.bincount(torch.tensor([1, 1, 3]), minlength=6)))


def histc():
    return net(lambda self, x: torch.histc(x, bins=10))


def one_hot_known():
    return net(lambda self, x: F.one_hot(torch.tensor([1, 0, 4])))


def one_hot_unknown():
    return net(lambda self, x: F.one_hot(x.long().clamp(0, 3), 4))


def repeat_interleave_known():
    return net(lambda self, x: self.fc(x.repeat_interleave(torch.tensor([2, 1]), dim=0)))


def combos():
    return net(lambda self, x: (torch.combinations(torch.arange(4)), torch.cartesian_prod(torch.arange(2), torch.arange(3))))


def argwhere_known():
    return net(lambda self, x: torch.argwhere(torch.eye(3)))


def tril_idx():
    def f(self, x):
        i, j = torch.tril_indices(4, 4)
        y = x.view(2, 4, 2) @ x.view(2, 2, 4)
        return y[:, i, j], torch.triu_indices(4, 4, 1)

    return net(f)


def split_sizes_tensor():
    def f(self, x):
        return x.split(torch.tensor([3, 5]).tolist(), 1)

    return net(f)


def any_known():
    def f(self, x):
        m = torch.zeros(3, dtype=torch.bool)
        return self.fc(x) if m.any() else x

    return net(f)


def max_known():
    def f(self, x):
        lens = torch.tensor([3, 5])
        n = lens.max()
        m = torch.arange(n).expand(2, int(n)) < lens[:, None]
        return m, x[:, : lens.max().item()], torch.zeros(2, max(lens))

    return net(f)


def adaptive():
    return net(lambda self, x: self.a(x, torch.tensor([1, 25])).output, a=nn.AdaptiveLogSoftmaxWithLoss(8, 30, [5, 20]))


def adaptive_logprob():
    return net(lambda self, x: self.a.log_prob(x), a=nn.AdaptiveLogSoftmaxWithLoss(8, 30, [5, 20]))


def adaptive_predict():
    return net(lambda self, x: self.a.predict(x), a=nn.AdaptiveLogSoftmaxWithLoss(8, 30, [5, 20]))


def masked_elementwise():
    def f(self, x):
        y = x.clone()
        m = x > 0
        y[m] = x[m] * 2 + 1
        return self.fc(y)

    return net(f)


def scattered():
    def f(self, x):
        y = torch.zeros_like(x)
        m = x[:, 0] > 0
        y[m] = torch.relu(x[m])
        return self.fc(y)

    return net(f)


def masked_mean():
    return net(lambda self, x: self.fc(x) + x[x > 0].mean())


def loss_on_valid():
    def f(self, x):
        valid = x[:, 0] > 0
        return F.mse_loss(self.fc(x)[valid], x[valid])

    return net(f)


def nonzero_count():
    def f(self, x):
        n = (x > 0).nonzero().shape[0]
        return self.fc(x) / n

    return net(f)


def unique_len():
    def f(self, x):
        n = len(torch.unique(x))
        return self.fc(x) * n

    return net(f)


MODELS = {
    f"{name}()": (made, lambda: [torch.linspace(-1, 1.5, 16).reshape(2, 8)])
    for name, made in list(globals().items())
    if callable(made) and getattr(made, "__module__", "") == __name__ and name not in ("net", "seq")
}
