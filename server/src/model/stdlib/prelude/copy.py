from _ecocompute_std import copy, deepcopy
