# fixes: 1
"""Without scaling the weights after a step are those of a plain loop in the same precision."""
import torch


def train(model, x, optimizer):
    scaler = torch.cuda.amp.GradScaler()
    for _ in range(3):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = model(x).float().square().mean()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()


def outputs():
    model = fill(torch.nn.Linear(4, 3))
    train(model, values(5, 4), torch.optim.SGD(model.parameters(), lr=0.1))
    return model.weight.detach()
