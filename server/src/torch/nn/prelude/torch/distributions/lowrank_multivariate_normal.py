from ._real import LowRankMultivariateNormal
