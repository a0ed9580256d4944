from _ecocompute_std import (
    re_compile as compile, re_match as match, re_fullmatch as fullmatch, re_search as search, re_findall as findall,
    re_finditer as finditer, re_split as split, re_sub as sub, re_subn as subn, re_escape as escape, typing_name,
)

IGNORECASE = I = 2
MULTILINE = M = 8
DOTALL = S = 16
VERBOSE = X = 64
ASCII = A = 0
UNICODE = U = 0
Pattern = typing_name("Pattern")
Match = typing_name("Match")


class error(Exception):
    pass
