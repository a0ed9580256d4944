from ._positive import Gamma
