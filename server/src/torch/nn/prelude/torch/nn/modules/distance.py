from .shape import CosineSimilarity, PairwiseDistance
