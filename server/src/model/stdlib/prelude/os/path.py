from _ecocompute_std import file_text, unknown

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


def isdir(p):
    return unknown("whether a file exists")


def isfile(p):
    return True if file_text(str(p)) is not None else isdir(p)


exists = isfile


def isabs(p):
    return p.startswith("/")
