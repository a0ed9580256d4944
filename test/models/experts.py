"""Mixtures of experts: the many ways in which code sends tokens to experts."""
import torch
import torch.nn.functional as F
from torch import nn


class Expert(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.w1 = nn.Linear(dim, hidden, bias=False)
        self.w2 = nn.Linear(hidden, dim, bias=False)
        self.w3 = nn.Linear(dim, hidden, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class Mixture(nn.Module):
    def __init__(self, dim=16, hidden=24, count=6, top_k=2):
        super().__init__()
        self.count = count
        self.top_k = top_k
        self.gate = nn.Linear(dim, count, bias=False)
        self.experts = nn.ModuleList(Expert(dim, hidden) for _ in range(count))

    def choose(self, flat):
        weights, chosen = torch.topk(F.softmax(self.gate(flat), dim=-1), self.top_k, dim=-1)
        return weights / weights.sum(dim=-1, keepdim=True), chosen

    def forward(self, x):
        flat = x.view(-1, x.shape[-1])
        weights, chosen = self.choose(flat)
        return self.dispatch(flat, weights, chosen).view(x.shape)


class HitExperts(Mixture):
    def dispatch(self, x, weights, chosen):
        out = torch.zeros_like(x)
        mask = F.one_hot(chosen, num_classes=self.count).permute(2, 1, 0)
        hit = torch.greater(mask.sum(dim=(-1, -2)), 0).nonzero()
        for index in hit:
            position, token = torch.where(mask[index].squeeze(0))
            rows = x[None, token].reshape(-1, x.shape[-1])
            out.index_add_(0, token, self.experts[index](rows) * weights[token, position, None])
        return out


class EveryExpert(Mixture):
    def dispatch(self, x, weights, chosen):
        out = torch.zeros_like(x)
        mask = F.one_hot(chosen, num_classes=len(self.experts)).permute(2, 0, 1)
        for i in range(len(self.experts)):
            token, position = torch.where(mask[i])
            if token.numel() > 0:
                out.index_add_(0, token, self.experts[i](x[token]) * weights[token, position].unsqueeze(-1))
        return out


class Zipped(Mixture):
    def dispatch(self, x, weights, chosen):
        masks = (chosen.unsqueeze(-1) == torch.arange(self.count)).permute(2, 0, 1)
        out = torch.zeros_like(x)
        for mask, expert in zip(masks, self.experts):
            token, position = torch.where(mask)
            out[token] += weights[token, position, None] * expert(x[token])
        return out


class Counted(Mixture):
    def dispatch(self, x, weights, chosen):
        out = torch.zeros_like(x)
        counts = torch.bincount(chosen.flatten(), minlength=self.count).tolist()
        for i in range(self.count):
            if counts[i] == 0:
                continue
            token, position = torch.where(chosen == i)
            out[token] += self.experts[i](x[token]) * weights[token, position, None]
        return out


class Masked(Mixture):
    def dispatch(self, x, weights, chosen):
        out = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            mask = (chosen == i).any(dim=-1)
            if mask.any():
                weight = (weights * (chosen == i)).sum(dim=-1)[mask]
                out[mask] += expert(x[mask]) * weight[:, None]
        return out


class Unique(Mixture):
    def dispatch(self, x, weights, chosen):
        out = torch.zeros_like(x)
        for index in torch.unique(chosen):
            token, position = (chosen == index).nonzero(as_tuple=True)
            out.index_add_(0, token, self.experts[int(index)](x[token]) * weights[token, position, None])
        return out


class Sorted(Mixture):
    """Tokens in the order of their experts, cut where the running sums say."""

    def dispatch(self, x, weights, chosen):
        flat = chosen.view(-1)
        order = flat.argsort()
        ends = flat.bincount(minlength=self.count).cumsum(0)
        rows = x[order // self.top_k]
        done = []
        for i in range(self.count):
            start = 0 if i == 0 else ends[i - 1]
            if start == ends[i]:
                continue
            done.append(self.experts[i](rows[start : ends[i]]))
        scaled = torch.cat(done) * weights.view(-1)[order][:, None]
        return torch.zeros_like(x).index_add_(0, order // self.top_k, scaled)


class Enumerated(Mixture):
    """The numbers of rows stay tensors, and so do the places where pieces end."""

    def dispatch(self, x, weights, chosen):
        counts = chosen.new_zeros((chosen.shape[0], self.count))
        counts.scatter_(1, chosen, 1)
        order = chosen.view(-1).argsort()
        rows = x[order // chosen.shape[1]]
        outs = []
        start = 0
        for i, size in enumerate(counts.sum(dim=0)):
            if size == 0:
                continue
            end = start + size
            outs.append(self.experts[i](rows[start:end]))
            start = end
        out = torch.empty_like(torch.cat(outs, dim=0))
        out[order] = torch.cat(outs, dim=0)
        return (out.view(*chosen.shape, -1) * weights.unsqueeze(-1)).sum(dim=1)


class Offsets(Mixture):
    """A histogram of the experts, and the place of each one's rows with a zero put before."""

    def dispatch(self, x, weights, chosen):
        sizes = torch.histc(chosen.flatten().float(), bins=self.count, min=0, max=self.count - 1).long()
        ends = torch.cat((torch.zeros(1, dtype=torch.long), torch.cumsum(sizes, dim=0)))
        order = torch.argsort(chosen.view(-1))
        rows = x.index_select(0, order // self.top_k)
        out = torch.zeros(rows.shape[0], x.shape[1])
        for i in range(self.count):
            start, end = ends[i], ends[i + 1]
            out[start:end] = self.experts[i](rows[start:end])
        back = torch.zeros_like(out)
        back.index_copy_(0, order, out)
        return (back.view(-1, self.top_k, x.shape[1]) * weights.unsqueeze(-1)).sum(dim=1)


class Stacked(Mixture):
    """Rows split into one piece for each expert, whose weights lie in one tensor."""

    def __init__(self, dim=16, hidden=24, count=6, top_k=2):
        super().__init__(dim, hidden, count, top_k)
        del self.experts
        self.up = nn.Parameter(torch.zeros(count, hidden, dim))
        self.down = nn.Parameter(torch.zeros(count, dim, hidden))

    def dispatch(self, x, weights, chosen):
        gates = torch.zeros(x.shape[0], self.count).scatter(1, chosen, 1)
        sizes = gates.long().sum(0).tolist()
        _, order = chosen.flatten().sort(0)
        token = order.div(self.top_k, rounding_mode="trunc")
        pieces = x[token].split(sizes, dim=0)
        hidden = torch.cat([F.linear(pieces[i], self.up[i]) for i in range(self.count)], dim=0)
        pieces = F.silu(hidden).split(sizes, dim=0)
        out = torch.cat([F.linear(pieces[i], self.down[i]) for i in range(self.count)], dim=0)
        return torch.zeros_like(x).index_add(0, token, out * weights.flatten()[order][:, None])


class Gathered(Mixture):
    """The chosen experts' weights are copied for each token."""

    def __init__(self, dim=16, hidden=24, count=6, top_k=2):
        super().__init__(dim, hidden, count, top_k)
        del self.experts
        self.up = nn.Parameter(torch.zeros(count, hidden, dim))
        self.down = nn.Parameter(torch.zeros(count, dim, hidden))

    def dispatch(self, x, weights, chosen):
        hidden = F.silu(torch.einsum("ti,taoi->tao", x, self.up[chosen]))
        out = torch.einsum("tao,taio->tai", hidden, self.down[chosen])
        return torch.einsum("tai,ta->ti", out, weights)


class Dense(Mixture):
    """Every expert sees every token: what is computed counts, not what is used."""

    def dispatch(self, x, weights, chosen):
        gates = torch.zeros(x.shape[0], self.count).scatter_(1, chosen, weights)
        outs = torch.stack([expert(x) for expert in self.experts], dim=1)
        return (outs * gates.unsqueeze(-1)).sum(dim=1)


class Switch(nn.Module):
    """One expert for each token, up to a capacity that is never reached here."""

    def __init__(self, dim=16, hidden=24, count=4, capacity=64):
        super().__init__()
        self.capacity = capacity
        self.gate = nn.Linear(dim, count, bias=False)
        self.experts = nn.ModuleDict({f"expert_{i}": Expert(dim, hidden) for i in range(count)})

    def forward(self, x):
        scores = self.gate(x).softmax(dim=-1)
        mask = F.one_hot(scores.argmax(dim=-1), num_classes=scores.shape[-1])
        mask = (mask * (torch.cumsum(mask, dim=-2) <= self.capacity)).bool()
        out = torch.zeros_like(x)
        used = mask.reshape(-1, mask.shape[-1]).sum(dim=0)
        for i in torch.nonzero(used, as_tuple=True)[0].tolist():
            out[mask[:, :, i]] = self.experts[f"expert_{i}"](x[mask[:, :, i]])
        return out * scores.max(dim=-1).values.unsqueeze(-1)


class Stack(nn.Module):
    """Layers of experts after one another, with a shared expert in each."""

    def __init__(self, kind=HitExperts, depth=3, dim=16):
        super().__init__()
        self.layers = nn.ModuleList(kind(dim) for _ in range(depth))
        self.shared = nn.ModuleList(Expert(dim, 20) for _ in range(depth))

    def forward(self, x):
        for layer, shared in zip(self.layers, self.shared):
            x = x + layer(x) + shared(x)
        return x


def tokens(batch, length, dim=16):
    return lambda: [torch.arange(batch * length * dim).view(batch, length, dim).float().sin()]


READS_VALUES = True
KINDS = [HitExperts, EveryExpert, Zipped, Counted, Masked, Unique, Sorted, Enumerated, Offsets, Stacked, Gathered, Dense, Switch]
MODELS = {f"{kind.__name__}()": (kind, tokens(2, 9)) for kind in KINDS}
MODELS["Stack()"] = (Stack, tokens(2, 9))
MODELS["Stack(kind=Counted)"] = (lambda: Stack(Counted), tokens(3, 5))
MODELS["HitExperts(count=40, top_k=3)"] = (lambda: HitExperts(count=40, top_k=3), tokens(1, 4))
