from ._composed import TransformedDistribution
