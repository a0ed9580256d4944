import torch
from _ecocompute_std import known_elements


class PackedSequence:
    """
    Sequences one after another, step by step, so that none of them computes longer than it is. Where the run alone knows how
    long they are, all are taken to be as long as the longest, and whoever computes with them says so.
    """

    # Steps and sequences, and how long each of these is, where only the run knows that.
    open_sizes = None
    open_lengths = None

    def __init__(self, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None, lengths=None):
        self.data = data
        self.batch_sizes = batch_sizes
        self.sorted_indices = sorted_indices
        self.unsorted_indices = unsorted_indices
        # In the order of the steps; `None` where it is not known.
        self.lengths = _lengths(batch_sizes) if lengths is None else lengths

    @property
    def is_exact(self):
        return self.lengths is not None

    def with_data(self, data):
        made = PackedSequence(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices, self.lengths)
        made.open_sizes, made.open_lengths = self.open_sizes, self.open_lengths
        return made

    def _replace(self, data):
        return self.with_data(data)

    def __getitem__(self, at):
        return (self.data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)[at]

    def __iter__(self):
        return iter((self.data, self.batch_sizes, self.sorted_indices, self.unsorted_indices))

    def to(self, *args, **kwargs):
        return self.with_data(self.data.to(*args, **kwargs))

    def cuda(self, *args, **kwargs):
        return self.with_data(self.data.cuda())

    def cpu(self):
        return self.with_data(self.data.cpu())

    def float(self):
        return self.with_data(self.data.float())

    def half(self):
        return self.with_data(self.data.half())

    def double(self):
        return self.with_data(self.data.double())

    def long(self):
        return self.with_data(self.data.long())

    def int(self):
        return self.with_data(self.data.int())

    def byte(self):
        return self.with_data(self.data.byte())

    def pin_memory(self):
        return self

    def __len__(self):
        return 4

    @property
    def is_cuda(self):
        return self.data.is_cuda


def _steps(lengths):
    """How many sequences go on at each step."""
    return [len([each for each in lengths if each > step]) for step in range(max(lengths))]


def _lengths(batch_sizes):
    """What `_steps` was made of, longest first; `None` where the run alone knows the steps."""
    steps = known_elements(batch_sizes)
    return None if steps is None else [len([each for each in steps if each > i]) for i in range(max(steps))]


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    padded = input if batch_first else input.transpose(0, 1)
    known = known_elements(lengths)
    if known is None:
        made = PackedSequence(padded.transpose(0, 1).flatten(0, 1))
        made.open_sizes = (padded.size(1), padded.size(0))
        made.open_lengths = lengths
        return made
    if len(known) != padded.size(0):
        raise RuntimeError("Expected `len(lengths)` to be equal to batch_size, but got {} (batch_size={})".format(len(known), padded.size(0)))
    if min(known) <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    if max(known) > padded.size(1):
        raise RuntimeError("Expected `len(lengths)` to be at most the length of the input")
    order = sorted(range(len(known)), key=lambda i: -known[i])
    places = None
    if enforce_sorted:
        if order != list(range(len(known))):
            raise RuntimeError(
                "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to "
                "pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability."
            )
    else:
        places = torch.tensor(order)
        padded = padded.index_select(0, places)
    ordered = [known[i] for i in order]
    sizes = _steps(ordered)
    data = torch.cat([padded[:count, step] for step, count in enumerate(sizes)])
    back = None if places is None else torch.tensor([order.index(i) for i in range(len(order))])
    return PackedSequence(data, torch.tensor(sizes), places, back, ordered)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    if not sequence.is_exact:
        padded = sequence.data.unflatten(0, sequence.open_sizes).transpose(0, 1)
        return (padded if batch_first else padded.transpose(0, 1)), sequence.open_lengths
    lengths = sequence.lengths
    longest = max(lengths) if total_length is None else total_length
    if longest < max(lengths):
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got total_length={} and max sequence "
            "length being {}".format(longest, max(lengths))
        )
    padded = sequence.data.new_full((len(lengths), longest, *sequence.data.shape[1:]), padding_value)
    at = 0
    for step, count in enumerate(_steps(lengths)):
        padded[:count, step] = sequence.data[at : at + count]
        at += count
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(0, sequence.unsorted_indices)
        lengths = [lengths[i] for i in sequence.unsorted_indices.tolist()]
    return (padded if batch_first else padded.transpose(0, 1)), torch.tensor(lengths)


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    sequences = list(sequences)
    longest = max(sequence.size(0) for sequence in sequences)
    rest = sequences[0].shape[1:]
    made = sequences[0].new_full((len(sequences), longest, *rest), padding_value)
    for i, sequence in enumerate(sequences):
        made[i, : sequence.size(0)] = sequence
    return made if batch_first else made.transpose(0, 1)


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    padded = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [padded[i, :length] for i, length in enumerate(lengths.tolist())]


def pack_sequence(sequences, enforce_sorted=True):
    sequences = list(sequences)
    return pack_padded_sequence(pad_sequence(sequences, True), [each.size(0) for each in sequences], True, enforce_sorted)


def unpack_sequence(packed_sequences):
    padded, lengths = pad_packed_sequence(packed_sequences, True)
    return unpad_sequence(padded, lengths, True)
