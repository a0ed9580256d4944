from ._tails import VonMises
