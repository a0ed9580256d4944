# fixes: 1
"""The same tokens come out, and the model sees each of them once."""
import torch


class Model:
    """Chooses tokens by what it has seen, as `generate` of transformers does."""

    def __init__(self):
        self.seen = 0

    def generate(self, ids, max_new_tokens, use_cache=True):
        for step in range(max_new_tokens):
            self.seen += ids.size(1) if step == 0 or not use_cache else 1
            token = (ids.cumsum(1)[:, -1:] * 7 + 3) % 11
            ids = torch.cat([ids, token], dim=1)
        return ids


def answer(model, ids):
    return model.generate(ids, max_new_tokens=5, use_cache=False)


def prove(before, after):
    old, new = Model(), Model()
    ids = torch.tensor([[1, 2, 3]])
    same(before.answer(old, ids), after.answer(new, ids))
    assert (old.seen, new.seen) == (25, 7)
