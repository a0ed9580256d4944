from .shape import Fold, Unfold
