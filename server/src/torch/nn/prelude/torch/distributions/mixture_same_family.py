from ._composed import MixtureSameFamily
