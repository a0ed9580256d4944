"""Names of what parameters may be; nothing is checked by them."""


class Constraint:
    is_discrete = False
    event_dim = 0


real = real_vector = positive = nonnegative = unit_interval = simplex = boolean = Constraint()
positive_definite = lower_cholesky = nonnegative_integer = one_hot = Constraint()
