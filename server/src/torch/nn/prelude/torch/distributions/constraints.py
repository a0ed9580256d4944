"""What parameters and values may be, told by how many dimensions make one of them; nothing is checked by them."""


class Constraint:
    is_discrete = False

    def __init__(self, event_dim=0):
        self.event_dim = event_dim


def independent(base_constraint, reinterpreted_batch_ndims):
    return Constraint(base_constraint.event_dim + reinterpreted_batch_ndims)


def interval(lower_bound, upper_bound):
    return Constraint()


half_open_interval = integer_interval = interval


def greater_than(bound):
    return Constraint()


greater_than_eq = less_than = greater_than


def multinomial(upper_bound):
    return Constraint(1)


def cat(cseq, dim=0, lengths=None):
    return Constraint(max(each.event_dim for each in cseq))


def stack(cseq, dim=0):
    return Constraint(max(each.event_dim for each in cseq) + (1 if dim < 0 else 0))


def dependent_property(fn=None, *, is_discrete=False, event_dim=0):
    return property if fn is None else property(fn)


real = positive = nonnegative = unit_interval = boolean = dependent = nonnegative_integer = positive_integer = Constraint()
real_vector = simplex = one_hot = Constraint(1)
positive_definite = positive_semidefinite = lower_cholesky = lower_triangular = corr_cholesky = square = symmetric = Constraint(2)
