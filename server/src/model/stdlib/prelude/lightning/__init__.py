from pytorch_lightning import LightningModule, LightningDataModule, Callback, seed_everything
from . import pytorch
