from ._discrete import RelaxedOneHotCategorical
