from ._counts import NegativeBinomial
