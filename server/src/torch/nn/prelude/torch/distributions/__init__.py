from . import constraints, transforms
from ._composed import Independent, MixtureSameFamily, TransformedDistribution
from ._counts import Binomial, Geometric, Multinomial, NegativeBinomial
from ._discrete import (
    Bernoulli,
    Categorical,
    OneHotCategorical,
    OneHotCategoricalStraightThrough,
    Poisson,
    RelaxedBernoulli,
    RelaxedOneHotCategorical,
)
from ._positive import Beta, Chi2, Dirichlet, Exponential, Gamma
from ._real import (
    Cauchy,
    Gumbel,
    Laplace,
    LogNormal,
    LowRankMultivariateNormal,
    MultivariateNormal,
    Normal,
    Uniform,
)
from ._tails import HalfCauchy, HalfNormal, InverseGamma, Pareto, StudentT, VonMises, Weibull
from .distribution import Distribution, ExponentialFamily
from .kl import kl_divergence, register_kl
from .transforms import (
    AbsTransform,
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    IndependentTransform,
    PowerTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
