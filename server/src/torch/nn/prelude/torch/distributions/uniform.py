from ._real import Uniform
