# fixes: 2
"""Workers give the same batches in the same order."""
import torch
from torch.utils.data import DataLoader
from torchvision import transforms

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
rows = [values(3, seed=i) for i in range(10)]


def outputs():
    rescale = transforms.Normalize(0.0, 1.0)
    del rescale
    view = torch.utils.data.Subset(rows, range(8))
    a = DataLoader(view, batch_size=3)
    b = DataLoader(view, batch_size=4, num_workers=0, shuffle=False)
    return [x.to(device) for loader in (a, b) for x in loader]
