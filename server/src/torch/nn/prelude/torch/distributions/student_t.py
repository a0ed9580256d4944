from ._tails import StudentT
