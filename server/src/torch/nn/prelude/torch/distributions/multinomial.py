from ._counts import Multinomial
