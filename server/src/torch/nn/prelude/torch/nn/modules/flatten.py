from .shape import Flatten, Unflatten
