from _ecocompute_std import file_text, folder_names, unknown

sep = "/"


def _text(p):
    return p if isinstance(p, str) else p.__fspath__()


def join(first, *rest):
    made = _text(first)
    for part in rest:
        part = _text(part)
        made = part if part.startswith("/") or not made else made.rstrip("/") + "/" + part
    return made


def split(p):
    head, slash, tail = _text(p).rpartition("/")
    return head.rstrip("/") or head + slash[: 0 if head else 1], tail


def basename(p):
    return split(p)[1]


def dirname(p):
    return split(p)[0]


def splitext(p):
    p = _text(p)
    head, dot, tail = p.rpartition(".")
    if dot and "/" not in tail and basename(head).strip("."):
        return head, dot + tail
    return p, ""


def isabs(p):
    return _text(p).startswith("/")


def normpath(p):
    p = _text(p)
    root = "/" if p.startswith("/") else ""
    kept = []
    for part in p.split("/"):
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part not in ("", ".") and not (part == ".." and root):
            kept.append(part)
    return root + "/".join(kept) or "."


def abspath(p):
    """A path that is not absolute stays as it is: it starts where the program is run."""
    return normpath(p) if isabs(p) else p


realpath = abspath


def expanduser(p):
    return _text(p)


expandvars = expanduser


def kind_of(p):
    """ "folder", "file", "" for what is surely not there, `None` for what may be: a program makes files, but no modules."""
    text = _text(p).rstrip("/") or "/"
    if folder_names(text) is not None:
        return "folder"
    if file_text(text) is not None:
        return "file"
    head, slash, name = text.rpartition("/")
    beside = folder_names(head) if slash and head else None
    if beside is not None and name in beside:
        return "file"
    return "" if beside is not None and name.endswith(".py") else None


def isdir(p):
    kind = kind_of(p)
    return unknown("whether a file exists") if kind is None else kind == "folder"


def isfile(p):
    kind = kind_of(p)
    return unknown("whether a file exists") if kind is None else kind == "file"


def exists(p):
    kind = kind_of(p)
    return unknown("whether a file exists") if kind is None else kind != ""


lexists = exists


def islink(p):
    return unknown("whether a file is a link")


def getsize(p):
    return unknown("the size of a file")


def relpath(p, start=None):
    if start is None:
        return p if not isabs(p) else unknown("the working directory")
    if isabs(p) != isabs(start):
        return unknown("the working directory")
    one = [each for each in normpath(p).split("/") if each not in ("", ".")]
    two = [each for each in normpath(start).split("/") if each not in ("", ".")]
    same = 0
    while same < min(len(one), len(two)) and one[same] == two[same]:
        same += 1
    return "/".join([".."] * (len(two) - same) + one[same:]) or "."


def commonpath(paths):
    parts = [normpath(each).split("/") for each in paths]
    same = 0
    while all(len(each) > same for each in parts) and len({each[same] for each in parts}) == 1:
        same += 1
    return "/".join(parts[0][:same]) or ("/" if isabs(paths[0]) else "")


def normcase(p):
    return p
