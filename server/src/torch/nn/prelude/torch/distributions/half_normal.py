from ._tails import HalfNormal
