"""A small training loop with the usual sins.

Run it: python3 train_classifier.py
"""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Classifier(nn.Module):
    def __init__(self, features: int = 32, classes: int = 4):
        super().__init__()
        self.hidden = nn.Linear(features, 64)
        self.out = nn.Linear(64, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.dropout(F.relu(self.hidden(x)), p=0.2)
        return self.out(x)


def make_loader(samples: int) -> DataLoader:
    inputs = torch.randn(samples, 32)
    targets = (inputs[:, 0] > 0).long() + 2 * (inputs[:, 1] > 0).long()
    return DataLoader(TensorDataset(inputs, targets), batch_size=64, shuffle=True)


device = "cuda" if torch.cuda.is_available() else "cpu"


def train(model: nn.Module, loader: DataLoader, epochs: int) -> float:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    running_loss = 0.0
    for epoch in range(epochs):
        for inputs, targets in loader:
            inputs, targets = inputs.to(device), targets.to(device)
            probabilities = F.softmax(model(inputs), dim=-1)
            loss = F.cross_entropy(probabilities, targets)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
    return running_loss / (epochs * len(loader))


def evaluate(model: nn.Module, loader: DataLoader) -> float:
    model.eval()
    correct = 0
    for inputs, targets in loader:
        inputs, targets = inputs.to(device), targets.to(device)
        predictions = model(inputs).argmax(dim=-1)
        correct += (predictions == targets).sum().item()
    return correct / len(loader.dataset)


if __name__ == "__main__":
    torch.manual_seed(0)
    network = Classifier().to(device)
    print(f"loss {train(network, make_loader(1024), epochs=3):.3f}")
    print(f"accuracy {evaluate(network, make_loader(256)):.3f}")
