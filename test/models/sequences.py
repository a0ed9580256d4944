"""Recurrent networks, nn.Transformer, pooling over time, weight normalization and embedding bags."""
from collections import OrderedDict

import torch
from torch import nn
from torch.nn.utils import spectral_norm, weight_norm


class Tagger(nn.Module):
    def __init__(self, vocab=500, dim=32, hidden=48, tags=9, layers=2, kind="lstm"):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        cls = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind]
        self.rnn = cls(dim, hidden, num_layers=layers, bidirectional=True, batch_first=True, dropout=0.1)
        self.head = nn.Sequential(OrderedDict([("norm", nn.LayerNorm(2 * hidden)), ("out", nn.Linear(2 * hidden, tags))]))

    def forward(self, tokens):
        out, state = self.rnn(self.embed(tokens))
        if isinstance(state, tuple):
            state = state[0]
        return self.head(out), state


class Seq2Seq(nn.Module):
    def __init__(self, vocab=300, d_model=64):
        super().__init__()
        self.src, self.tgt = nn.Embedding(vocab, d_model), nn.Embedding(vocab, d_model)
        self.transformer = nn.Transformer(
            d_model, nhead=4, num_encoder_layers=2, num_decoder_layers=2, dim_feedforward=128, batch_first=True
        )
        self.out = nn.Linear(d_model, vocab)

    def forward(self, src, tgt):
        mask = self.transformer.generate_square_subsequent_mask(tgt.size(1))
        return self.out(self.transformer(self.src(src), self.tgt(tgt), tgt_mask=mask))


class TextCNN(nn.Module):
    def __init__(self, vocab=400, dim=24, kernels=(3, 4, 5), filters=10):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.convs = nn.ModuleList(weight_norm(nn.Conv1d(dim, filters, k)) for k in kernels)
        self.fc = spectral_norm(nn.Linear(filters * len(kernels), 4))

    def forward(self, x):
        x = self.embed(x).transpose(1, 2)
        return self.fc(torch.cat([conv(x).relu().max(dim=-1).values for conv in self.convs], dim=1))


class Cells(nn.Module):
    def __init__(self, size=12):
        super().__init__()
        self.size = size
        self.lstm, self.gru = nn.LSTMCell(5, size), nn.GRUCell(size, size)

    def forward(self, x):
        h = c = torch.zeros(x.size(0), self.size)
        g = None
        outs = []
        for t in range(x.size(1)):
            h, c = self.lstm(x[:, t], (h, c))
            g = self.gru(h, g)
            outs.append(g)
        return torch.stack(outs, dim=1)


class CrossAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(32, 4, kdim=20, vdim=24, batch_first=True)

    def forward(self, q, k, v):
        out, weights = self.attn(q, k, v)
        return {"out": out, "weights": weights}


def longs(*sizes):
    return torch.zeros(*sizes, dtype=torch.long)


MODELS = {
    "Tagger()": (lambda: Tagger(), lambda: [longs(2, 11)]),
    "Tagger(kind='gru', layers=1)": (lambda: Tagger(kind="gru", layers=1), lambda: [longs(3, 7)]),
    "Tagger(kind='rnn')": (lambda: Tagger(kind="rnn"), lambda: [longs(3, 7)]),
    "Seq2Seq()": (lambda: Seq2Seq(), lambda: [longs(2, 9), longs(2, 6)]),
    "TextCNN()": (lambda: TextCNN(), lambda: [longs(2, 20)]),
    "Cells()": (lambda: Cells(), lambda: [torch.zeros(2, 4, 5)]),
    "CrossAttention()": (
        lambda: CrossAttention(),
        lambda: [torch.zeros(2, 5, 32), torch.zeros(2, 7, 20), torch.zeros(2, 7, 24)],
    ),
}
