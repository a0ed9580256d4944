from ._counts import Binomial
