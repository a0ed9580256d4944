from .shape import ChannelShuffle
