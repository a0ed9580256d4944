# fixes: 2
"""The switches are on afterwards; on the CPU nothing changes."""
import torch

torch.backends.cudnn.allow_tf32 = False
torch.set_float32_matmul_precision("highest")
device = "cuda" if torch.cuda.is_available() else "cpu"


def prove(before, after):
    assert torch.backends.cudnn.allow_tf32
    assert torch.get_float32_matmul_precision() == "high"
    x = values(8, 8)
    same(x @ x, (x.double() @ x.double()).float())
