from . import PatchEmbed
