def bisect_left(a, x):
    for i, each in enumerate(a):
        if each >= x:
            return i
    return len(a)


def bisect_right(a, x):
    for i, each in enumerate(a):
        if each > x:
            return i
    return len(a)


bisect = bisect_right
