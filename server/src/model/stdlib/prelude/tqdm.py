def tqdm(iterable=None, *args, **kwargs):
    return iterable


auto = tqdm
trange = range
