from timm.layers import PatchEmbed
