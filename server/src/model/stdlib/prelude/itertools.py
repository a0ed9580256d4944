def chain(*iterables):
    for iterable in iterables:
        yield from iterable


def _from_iterable(iterables):
    for iterable in iterables:
        yield from iterable


chain.from_iterable = _from_iterable


def repeat(value, times=None):
    if times is None:
        while True:
            yield value
    for _ in range(times):
        yield value


def count(start=0, step=1):
    while True:
        yield start
        start = start + step


def cycle(iterable):
    saved = list(iterable)
    while saved:
        yield from saved


def product(*iterables, repeat=1):
    pools = [tuple(pool) for pool in iterables] * repeat
    result = [()]
    for pool in pools:
        result = [x + (y,) for x in result for y in pool]
    return iter(result)


def combinations(iterable, r):
    pool = tuple(iterable)

    def pick(start, size):
        if size == 0:
            yield ()
        else:
            for i in range(start, len(pool)):
                for rest in pick(i + 1, size - 1):
                    yield (pool[i],) + rest

    return pick(0, r)


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)

    def pick(start, size):
        if size == 0:
            yield ()
        else:
            for i in range(start, len(pool)):
                for rest in pick(i, size - 1):
                    yield (pool[i],) + rest

    return pick(0, r)


def permutations(iterable, r=None):
    pool = tuple(iterable)
    size = len(pool) if r is None else r

    def pick(used, left):
        if left == 0:
            yield ()
        else:
            for i in range(len(pool)):
                if i not in used:
                    for rest in pick(used + (i,), left - 1):
                        yield (pool[i],) + rest

    return pick((), size)


def accumulate(iterable, func=None, *, initial=None):
    total = initial
    first = initial is None
    if not first:
        yield total
    for item in iterable:
        if first:
            total = item
            first = False
        elif func is None:
            total = total + item
        else:
            total = func(total, item)
        yield total


def groupby(iterable, key=None):
    group = []
    current = None
    started = False
    for item in iterable:
        label = item if key is None else key(item)
        if started and label == current:
            group.append(item)
        else:
            if started:
                yield current, iter(group)
            group = [item]
            current = label
            started = True
    if started:
        yield current, iter(group)


def islice(iterable, *bounds):
    items = slice(*bounds)
    start = items.start or 0
    stop = items.stop
    step = items.step or 1
    wanted = start
    i = 0
    if stop is not None and stop <= start:
        return
    for item in iterable:
        if i == wanted:
            yield item
            wanted += step
            if stop is not None and wanted >= stop:
                return
        i += 1


def zip_longest(*iterables, fillvalue=None):
    pools = [list(iterable) for iterable in iterables]
    for i in range(max([len(pool) for pool in pools], default=0)):
        yield tuple(pool[i] if i < len(pool) else fillvalue for pool in pools)


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def takewhile(predicate, iterable):
    for item in iterable:
        if not predicate(item):
            return
        yield item


def dropwhile(predicate, iterable):
    dropping = True
    for item in iterable:
        if dropping and predicate(item):
            continue
        dropping = False
        yield item


def pairwise(iterable):
    items = list(iterable)
    return zip(items, items[1:])


def filterfalse(predicate, iterable):
    for item in iterable:
        if not predicate(item):
            yield item


def compress(data, selectors):
    return (item for item, keep in zip(data, selectors) if keep)


def tee(iterable, n=2):
    items = list(iterable)
    return tuple(iter(items) for _ in range(n))


def batched(iterable, n):
    items = list(iterable)
    for i in range(0, len(items), n):
        yield tuple(items[i : i + n])
