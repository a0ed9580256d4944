from typing import Unpack, TypedDict


class ProcessorMixin:
    pass


class ImagesKwargs(TypedDict):
    pass


class ProcessingKwargs(TypedDict):
    pass
