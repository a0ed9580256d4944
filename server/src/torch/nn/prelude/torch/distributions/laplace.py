from ._real import Laplace
