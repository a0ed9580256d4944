def nlargest(n, items, key=None):
    return sorted(items, key=key, reverse=True)[:n]


def nsmallest(n, items, key=None):
    return sorted(items, key=key)[:n]
