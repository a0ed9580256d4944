from .shape import PixelShuffle, PixelUnshuffle
