import torch


class PackedSequence:
    """A padded batch that remembers it may be shorter; always batch first."""

    def __init__(self, padded, lengths):
        self.padded = padded
        self.lengths = lengths

    @property
    def data(self):
        return self.padded.flatten(0, 1)


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    return PackedSequence(input if batch_first else input.transpose(0, 1), lengths)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    padded = sequence.padded
    return (padded if batch_first else padded.transpose(0, 1)), sequence.lengths


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    sequences = list(sequences)
    longest = max(sequence.size(0) for sequence in sequences)
    rest = sequences[0].shape[1:]
    made = sequences[0].new_full((len(sequences), longest, *rest), padding_value)
    for i, sequence in enumerate(sequences):
        made[i, : sequence.size(0)] = sequence
    return made if batch_first else made.transpose(0, 1)


def pack_sequence(sequences, enforce_sorted=True):
    return pack_padded_sequence(pad_sequence(sequences, True), None, True)
