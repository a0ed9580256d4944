"""A U-Net with skips, transposed or bilinear upsampling, and a time-conditioned one as diffusion models use."""
import math
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F


class DoubleConv(nn.Sequential):
    def __init__(self, in_channels, out_channels, mid_channels=None):
        mid_channels = mid_channels or out_channels
        super().__init__(
            nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(mid_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )


class Up(nn.Module):
    def __init__(self, in_channels, out_channels, bilinear=True):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(in_channels, out_channels, in_channels // 2)
        else:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
            self.conv = DoubleConv(in_channels, out_channels)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        dy, dx = x2.size()[2] - x1.size()[2], x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.conv(torch.cat([x2, x1], dim=1))


class UNet(nn.Module):
    def __init__(self, n_channels=3, n_classes=2, width=16, bilinear=False):
        super().__init__()
        widths = [width * 2**i for i in range(5)]
        factor = 2 if bilinear else 1
        self.inc = DoubleConv(n_channels, widths[0])
        outs = [*widths[1:-1], widths[-1] // factor]
        self.downs = nn.ModuleList(
            nn.Sequential(nn.MaxPool2d(2), DoubleConv(a, b)) for a, b in zip(widths[:-1], outs)
        )
        self.ups = nn.ModuleList(
            [Up(widths[i + 1], widths[i] // (factor if i else 1), bilinear) for i in reversed(range(4))]
        )
        self.outc = nn.Conv2d(widths[0], n_classes, kernel_size=1)

    def forward(self, x):
        skips = [self.inc(x)]
        for down in self.downs:
            skips.append(down(skips[-1]))
        x = skips.pop()
        for up in self.ups:
            x = up(x, skips.pop())
        return self.outc(x)


class SinusoidalPosEmb(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        half = self.dim // 2
        emb = math.log(10000) / (half - 1)
        emb = torch.exp(torch.arange(half, device=x.device) * -emb)
        emb = x[:, None] * emb[None, :]
        return torch.cat((emb.sin(), emb.cos()), dim=-1)


class ResnetBlock(nn.Module):
    def __init__(self, dim, dim_out, *, time_emb_dim=None, groups=8):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_emb_dim, dim_out * 2)) if time_emb_dim else None
        self.proj1, self.norm1 = nn.Conv2d(dim, dim_out, 3, padding=1), nn.GroupNorm(groups, dim_out)
        self.proj2, self.norm2 = nn.Conv2d(dim_out, dim_out, 3, padding=1), nn.GroupNorm(groups, dim_out)
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, time_emb=None):
        h = self.norm1(self.proj1(x))
        if self.mlp is not None and time_emb is not None:
            scale, shift = self.mlp(time_emb)[:, :, None, None].chunk(2, dim=1)
            h = h * (scale + 1) + shift
        h = F.silu(self.norm2(self.proj2(F.silu(h))))
        return h + self.res_conv(x)


class LinearAttention(nn.Module):
    def __init__(self, dim, heads=4, dim_head=16):
        super().__init__()
        self.scale, self.heads = dim_head**-0.5, heads
        self.to_qkv = nn.Conv2d(dim, dim_head * heads * 3, 1, bias=False)
        self.to_out = nn.Sequential(nn.Conv2d(dim_head * heads, dim, 1), nn.GroupNorm(1, dim))

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = map(lambda t: t.reshape(b, self.heads, -1, h * w), self.to_qkv(x).chunk(3, dim=1))
        q, k = q.softmax(dim=-2) * self.scale, k.softmax(dim=-1)
        context = torch.einsum("b h d n, b h e n -> b h d e", k, v)
        out = torch.einsum("b h d e, b h d n -> b h e n", context, q)
        return self.to_out(out.reshape(b, -1, h, w))


class DiffusionUNet(nn.Module):
    def __init__(self, dim=32, dim_mults=(1, 2, 4), channels=3):
        super().__init__()
        self.init_conv = nn.Conv2d(channels, dim, 7, padding=3)
        dims = [dim, *map(lambda m: dim * m, dim_mults)]
        in_out = list(zip(dims[:-1], dims[1:]))
        time_dim = dim * 4
        self.time_mlp = nn.Sequential(
            SinusoidalPosEmb(dim), nn.Linear(dim, time_dim), nn.GELU(), nn.Linear(time_dim, time_dim)
        )
        block = partial(ResnetBlock, time_emb_dim=time_dim)
        self.downs, self.ups = nn.ModuleList([]), nn.ModuleList([])
        for ind, (dim_in, dim_out) in enumerate(in_out):
            last = ind >= len(in_out) - 1
            self.downs.append(
                nn.ModuleList(
                    [
                        block(dim_in, dim_in),
                        LinearAttention(dim_in),
                        nn.Conv2d(dim_in, dim_out, 3, padding=1) if last else nn.Conv2d(dim_in, dim_out, 4, 2, 1),
                    ]
                )
            )
        self.mid = block(dims[-1], dims[-1])
        for ind, (dim_in, dim_out) in enumerate(reversed(in_out)):
            last = ind == len(in_out) - 1
            up = nn.Conv2d(dim_out, dim_in, 3, padding=1)
            if not last:
                up = nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), up)
            self.ups.append(nn.ModuleList([block(dim_out + dim_in, dim_out), LinearAttention(dim_out), up]))
        self.final = block(dim, dim)
        self.out = nn.Conv2d(dim, channels, 1)

    def forward(self, x, time):
        x = self.init_conv(x)
        t = self.time_mlp(time)
        h = []
        for resnet, attn, down in self.downs:
            x = attn(resnet(x, t)) + x
            h.append(x)
            x = down(x)
        x = self.mid(x, t)
        for resnet, attn, up in self.ups:
            skip = h.pop()
            if skip.shape[-1] != x.shape[-1]:
                x = F.interpolate(x, size=skip.shape[-2:], mode="nearest")
            x = attn(resnet(torch.cat((x, skip), dim=1), t))
            x = up(x)
        return self.out(self.final(x, t))


MODELS = {
    "UNet()": (lambda: UNet(), lambda: [torch.zeros(1, 3, 64, 96)]),
    "UNet(bilinear=True)": (lambda: UNet(bilinear=True), lambda: [torch.zeros(2, 3, 50, 70)]),
    "DiffusionUNet()": (lambda: DiffusionUNet(), lambda: [torch.zeros(1, 3, 32, 32), torch.zeros(1)]),
}
