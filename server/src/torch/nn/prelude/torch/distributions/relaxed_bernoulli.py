from ._discrete import RelaxedBernoulli
