from . import make_divisible, to_1tuple, to_2tuple, to_3tuple, to_4tuple, to_ntuple
