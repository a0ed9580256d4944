from ._real import MultivariateNormal
