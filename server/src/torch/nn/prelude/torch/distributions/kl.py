"""Kullback-Leibler divergences of pairs that models use; of any other pair it is not known."""
import torch
from _ecocompute import unknown

from ._composed import Independent
from ._discrete import Bernoulli, Categorical, OneHotCategorical
from ._positive import Dirichlet, Gamma
from ._real import Laplace, Normal
from .distribution import sum_rightmost


def register_kl(type_p, type_q):
    return lambda fn: fn


def _normal(p, q):
    ratio = (p.scale / q.scale).pow(2)
    t1 = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + t1 - 1 - ratio.log())


def _laplace(p, q):
    ratio = p.scale / q.scale
    apart = (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * torch.exp(-apart / p.scale) - 1


def _categorical(p, q):
    t = p.probs * (p.logits - q.logits)
    t[(q.probs == 0).expand_as(t)] = float("inf")
    t[(p.probs == 0).expand_as(t)] = 0
    return t.sum(-1)


def _bernoulli(p, q):
    softplus = torch.nn.functional.softplus
    t1 = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    t1[q.probs == 0] = float("inf")
    t1[p.probs == 0] = 0
    t2 = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    t2[q.probs == 1] = float("inf")
    t2[p.probs == 1] = 0
    return t1 + t2


def _gamma(p, q):
    t1 = q.concentration * (p.rate / q.rate).log()
    t2 = torch.lgamma(q.concentration) - torch.lgamma(p.concentration)
    t3 = (p.concentration - q.concentration) * torch.digamma(p.concentration)
    t4 = (q.rate - p.rate) * (p.concentration / p.rate)
    return t1 + t2 + t3 + t4


def _dirichlet(p, q):
    total_p, total_q = p.concentration.sum(-1), q.concentration.sum(-1)
    t1 = total_p.lgamma() - total_q.lgamma()
    t2 = (p.concentration.lgamma() - q.concentration.lgamma()).sum(-1)
    t4 = p.concentration.digamma() - total_p.digamma().unsqueeze(-1)
    return t1 - t2 + ((p.concentration - q.concentration) * t4).sum(-1)


def kl_divergence(p, q):
    if isinstance(p, Independent) and isinstance(q, Independent):
        return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)
    if isinstance(p, OneHotCategorical) and isinstance(q, OneHotCategorical):
        return _categorical(p._categorical, q._categorical)
    for kind, of in (
        (Normal, _normal),
        (Laplace, _laplace),
        (Categorical, _categorical),
        (Bernoulli, _bernoulli),
        (Gamma, _gamma),
        (Dirichlet, _dirichlet),
    ):
        if isinstance(p, kind) and isinstance(q, kind):
            return of(p, q)
    return unknown("`torch.distributions.kl_divergence` of these two is not modelled")
