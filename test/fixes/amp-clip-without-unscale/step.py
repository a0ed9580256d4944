# fixes: 1
"""The clipped step is as long as without a scaler; before the fix it nearly vanishes."""
import torch


class Scaler(torch.cuda.amp.GradScaler):
    """Scales on the CPU as `GradScaler` does on a GPU."""

    def scale(self, loss):
        return loss * 65536.0

    def unscale_(self, optimizer):
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad /= 65536.0
        self.unscaled = True

    def step(self, optimizer):
        if not getattr(self, "unscaled", False):
            self.unscale_(optimizer)
        optimizer.step()


def update(model, loss, optimizer, scaler):
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)


def plain(model, loss, optimizer):
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def prove(before, after):
    def weights(step):
        model = fill(torch.nn.Linear(3, 2))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        step(model, model(values(4, 3)).square().sum(), optimizer)
        return model.weight.detach()

    expected = weights(plain)
    same(expected, weights(lambda *given: after.update(*given, after.Scaler(enabled=False))))
    differ(expected, weights(lambda *given: before.update(*given, before.Scaler(enabled=False))))
