import _ecocompute as _native
from torch.ao.quantization import QuantStub, DeQuantStub, QConfig
