from _ecocompute_std import (
    abc_Number as Number, abc_Complex as Complex, abc_Real as Real, abc_Rational as Rational, abc_Integral as Integral,
)
