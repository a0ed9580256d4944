from _ecocompute_std import unknown

sep = "/"


def join(first, *rest):
    made = first
    for part in rest:
        made = part if part.startswith("/") else made.rstrip("/") + "/" + part
    return made


def basename(p):
    return p.rpartition("/")[2]


def dirname(p):
    return p.rpartition("/")[0]


def split(p):
    head, _, tail = p.rpartition("/")
    return head, tail


def splitext(p):
    head, dot, tail = p.rpartition(".")
    if dot and "/" not in tail and head:
        return head, "." + tail
    return p, ""


def abspath(p):
    return p


realpath = abspath
normpath = abspath
expanduser = abspath
expandvars = abspath


def exists(p):
    return unknown("whether a file exists")


isfile = exists
isdir = exists


def isabs(p):
    return p.startswith("/")
