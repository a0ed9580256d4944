from ._positive import Dirichlet
