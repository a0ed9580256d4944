class tqdm:
    def __init__(self, iterable=None, desc=None, total=None, *args, initial=0, **kwargs):
        self.iterable = iterable
        self.desc = desc
        self.total = len(iterable) if total is None and hasattr(iterable, "__len__") else total
        self.n = initial

    def __iter__(self):
        return iter(self.iterable)

    def __len__(self):
        return self.total

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None

    def update(self, *args, **kwargs):
        return None

    close = refresh = clear = reset = unpause = display = update
    set_description = set_description_str = set_postfix = set_postfix_str = update

    @classmethod
    def write(cls, *args, **kwargs):
        return None


tqdm_notebook = tqdm


def tnrange(*args, **kwargs):
    return trange(*args, **kwargs)


def trange(*args, **kwargs):
    return tqdm(range(*args), **kwargs)
