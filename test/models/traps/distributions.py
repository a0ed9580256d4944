"""torch.distributions in forward: what is drawn has a shape and work, its values only the run knows."""

import torch
import torch.distributions as td
import torch.nn.functional as F
from torch import nn
from torch.distributions import Categorical, Normal
from torch.distributions.kl import kl_divergence


class Head(nn.Module):
    """A body, then what `use` makes of its features."""

    def __init__(self, width, use):
        super().__init__()
        self.body = nn.Linear(8, width)
        self.out = nn.Linear(width, 4)
        self.use = use

    def forward(self, x):
        return self.use(self.out, self.body(x))


def gaussian_policy():
    class Policy(nn.Module):
        def __init__(self):
            super().__init__()
            self.mean = nn.Linear(8, 3)
            self.log_std = nn.Parameter(torch.zeros(3))
            self.value = nn.Linear(3, 1)

        def forward(self, x):
            mean = self.mean(x)
            dist = Normal(mean, self.log_std.exp().expand_as(mean))
            action = dist.sample()
            return action, dist.log_prob(action).sum(-1), dist.entropy().sum(-1), self.value(action)

    return Policy()


def squashed_policy():
    def use(out, h):
        mean, log_std = out(h).chunk(2, dim=-1)
        base = torch.distributions.Normal(mean, F.softplus(log_std) + 1e-3)
        dist = td.Independent(td.TransformedDistribution(base, [td.TanhTransform(cache_size=1)]), 1)
        action = dist.rsample()
        return action, dist.log_prob(action)

    return Head(16, use)


def discrete_policy():
    def use(out, h):
        dist = Categorical(logits=out(h))
        action = dist.sample()
        return action, dist.log_prob(action), dist.entropy(), dist.probs, Categorical(probs=dist.probs).logits

    return Head(16, use)


def many_samples():
    def use(out, h):
        dist = Categorical(F.softmax(h, dim=-1))
        return dist.sample((5,)), dist.sample(torch.Size([2, 3])), out(F.one_hot(dist.sample(), 16).float())

    return Head(16, use)


def latent_classes():
    def use(out, h):
        dist = td.Independent(td.OneHotCategoricalStraightThrough(logits=h.view(-1, 4, 4)), 1)
        z = dist.rsample()
        return dist.batch_shape, dist.event_shape, dist.log_prob(z), dist.entropy(), out(z.flatten(1))

    return Head(16, use)


def variational():
    def use(out, h):
        mean, log_var = h.chunk(2, dim=-1)
        posterior = Normal(mean, torch.exp(0.5 * log_var))
        prior = Normal(torch.zeros_like(mean), torch.ones_like(mean))
        z = posterior.rsample([7])
        return z.shape, kl_divergence(posterior, prior).sum(-1), out(z)

    return WideHead(use)


class WideHead(nn.Module):
    def __init__(self, use):
        super().__init__()
        self.body = nn.Linear(8, 16)
        self.out = nn.Linear(8, 4)
        self.use = use

    def forward(self, x):
        return self.use(self.out, self.body(x))


def positive_draws():
    def use(out, h):
        a, b = F.softplus(h[..., :4]) + 1, F.softplus(h[..., 4:8]) + 1
        gamma, beta = td.Gamma(a, b), td.Beta(a, b)
        g, p = gamma.rsample((3,)), beta.sample()
        simplex = td.Dirichlet(a).rsample()
        later = td.Exponential(a).rsample() + td.Poisson(a).sample()
        return g, gamma.log_prob(g), p, beta.log_prob(p), beta.mean, simplex, later, out(h)

    return Head(16, use)


def noise_of_numbers():
    def use(out, h):
        noise = Normal(0.0, 1.0).sample(h.shape)
        masked = h * td.Bernoulli(0.9).sample(h.shape[:1]).unsqueeze(-1)
        gumbel = td.Gumbel(torch.zeros(()), torch.ones(())).sample((h.shape[0], 16))
        return out(masked + noise + gumbel), td.Uniform(-1, 1).sample((2, 2))

    return Head(16, use)


def mixture():
    def use(out, h):
        weights = Categorical(logits=h[:, :4])
        parts = td.Independent(Normal(h[:, 4:12].reshape(-1, 4, 2), 1.0), 1)
        both = td.MixtureSameFamily(weights, parts)
        x = both.sample()
        return x, both.log_prob(x), both.mean, out(h)

    return Head(16, use)


def full_covariance():
    def use(out, h):
        factor = torch.diag_embed(F.softplus(h[:, :4]) + 1e-3)
        dist = td.MultivariateNormal(h[:, 4:8], scale_tril=factor)
        return dist.rsample(), dist.entropy(), out(h)

    return Head(16, use)


def relaxed():
    def use(out, h):
        soft = td.RelaxedOneHotCategorical(torch.tensor(0.5), logits=h).rsample()
        kept = td.RelaxedBernoulli(torch.tensor(0.5), logits=h).rsample()
        return out(soft * kept)

    return Head(16, use)


class Cube(td.Transform):
    domain = td.constraints.real
    codomain = td.constraints.real
    bijective = True

    def _call(self, x):
        return x**3

    def _inverse(self, y):
        return y.sign() * y.abs() ** (1 / 3)

    def log_abs_det_jacobian(self, x, y):
        return torch.log(3 * x**2)


class DiagonalNormal(td.Independent):
    def __init__(self, loc, scale):
        super().__init__(td.Normal(loc, scale), 1)

    def expand(self, batch_shape, new=None):
        new = self._get_checked_instance(DiagonalNormal, new)
        return super().expand(batch_shape, new)


def expanded():
    def use(out, h):
        diagonal = DiagonalNormal(h, h.exp()).expand((3, h.shape[0]))
        picked = td.Dirichlet(h.exp()).expand((2, h.shape[0])).rsample()
        return out(diagonal.rsample()), diagonal.log_prob(h), out(picked), td.OneHotCategorical(logits=h).expand((4, 6)).sample()

    return Head(16, use)


def several_dimensions_in_one_event():
    def use(out, h):
        whole = td.AffineTransform(h, 2.0, event_dim=1)
        moved = td.TransformedDistribution(td.Independent(td.Normal(h, h.exp()), 1), [Cube(), whole])
        wide = td.TransformedDistribution(td.Normal(0.0, 1.0), [td.AffineTransform(h, h.exp()), td.ExpTransform().inv])
        return out(moved.rsample((2,))), moved.log_prob(h), whole.log_abs_det_jacobian(h, h), out(wide.rsample()), wide.log_prob(h)

    return Head(16, use)


def composed():
    def use(out, h):
        whole = td.ComposeTransform([td.ExpTransform(), Cube(), td.SigmoidTransform()])
        rows = td.IndependentTransform(whole, 1)
        y = whole(h)
        return out(whole.inv(y)), whole.log_abs_det_jacobian(h, y), rows.log_abs_det_jacobian(h, y), rows.inv.log_abs_det_jacobian(y, h)

    return Head(16, use)


def counts():
    def use(out, h):
        some = torch.sigmoid(h)
        all = (
            td.Binomial(10, logits=h), td.NegativeBinomial(5, probs=some), td.Geometric(some),
            td.Multinomial(7, logits=h), td.Binomial(torch.full_like(h, 3.0), some),
        )
        drawn = [each.sample((2,)) for each in all]
        return out(all[0].mean), drawn, [each.log_prob(one) for each, one in zip(all, drawn)], [each.variance for each in all]

    return Head(16, use)


def heavy_tails():
    def use(out, h):
        scale = F.softplus(h) + 1e-3
        all = (
            td.StudentT(torch.full_like(h, 4.0), h, scale), td.HalfNormal(scale), td.HalfCauchy(scale),
            td.Weibull(scale, scale), td.Pareto(scale, scale), td.InverseGamma(scale, scale), td.StudentT(3.0),
        )
        drawn = [each.rsample((3,)) for each in all]
        turned = td.VonMises(h, scale)
        return out(drawn[1]), [each.log_prob(one) for each, one in zip(all, drawn)], turned.log_prob(turned.sample())

    return Head(16, use)


def quantiles():
    def use(out, h):
        scale = F.softplus(h) + 1e-3
        all = (
            Normal(h, scale), td.Laplace(h, scale), td.Cauchy(h, scale), td.Gumbel(h, scale), td.LogNormal(h, scale),
            td.Uniform(h, h + scale), td.Exponential(scale), td.HalfNormal(scale),
        )
        half = torch.full_like(h, 0.5)
        return [each.cdf(each.icdf(half)) for each in all], out(all[0].icdf(half))

    return Head(16, use)


def narrow_covariance():
    def use(out, h):
        dist = td.LowRankMultivariateNormal(h, torch.ones(6, 16, 2), torch.ones(16))
        drawn = dist.rsample((3,))
        return out(drawn), dist.log_prob(drawn), dist.variance

    return Head(16, use)


def rows():
    return [torch.zeros(6, 8)]


MODELS = {
    f"{build.__name__}()": (build, rows)
    for build in (
        gaussian_policy,
        squashed_policy,
        discrete_policy,
        many_samples,
        latent_classes,
        variational,
        positive_draws,
        noise_of_numbers,
        mixture,
        full_covariance,
        relaxed,
        expanded,
        several_dimensions_in_one_event,
        composed,
        counts,
        heavy_tails,
        quantiles,
        narrow_covariance,
    )
}
READS_VALUES = True
