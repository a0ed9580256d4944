def wrap(fn):
    return fn


class Proxy:
    pass


class Tracer:
    pass


class GraphModule:
    pass


class Node:
    pass


class Graph:
    pass
