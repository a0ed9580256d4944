from pytorch_lightning import LightningModule, LightningDataModule, Callback, seed_everything
import pytorch_lightning as pytorch
