# fixes: 2
"""Anomaly detection is off behind it; the numbers are the same."""
import os
import torch
import torch.nn as nn


def switch():
    torch.autograd.set_detect_anomaly(True)
    os.environ["CUDA_LAUNCH_BLOCKING"] = "1"


def prove(before, after):
    def run(module):
        module.switch()
        model = fill(nn.Linear(3, 2))
        model(values(4, 3)).sum().backward()
        return model.weight.grad, torch.is_anomaly_enabled(), os.environ.pop("CUDA_LAUNCH_BLOCKING")

    old, new = run(before), run(after)
    torch.autograd.set_detect_anomaly(False)
    same(old[0], new[0])
    assert old[1:] == (True, "1") and new[1:] == (False, "0")
