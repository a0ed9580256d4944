import _ecocompute as _native
import torch
from torch.nn import functional as F
from _ecocompute import Parameter
from .module import Module

__all__ = ["RNNBase", "RNN", "LSTM", "GRU", "RNNCellBase", "RNNCell", "LSTMCell", "GRUCell"]


class RNNBase(Module):
    _gates = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}

    def __init__(
        self, mode, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
        bidirectional=False, proj_size=0, device=None, dtype=None,
    ):
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        directions = 2 if bidirectional else 1
        gates = self._gates[mode] * hidden_size
        self._flat_weights_names = []
        for layer in range(num_layers):
            for direction in range(directions):
                state = proj_size if proj_size > 0 else hidden_size
                width = input_size if layer == 0 else state * directions
                suffix = "_reverse" if direction == 1 else ""
                shapes = [("weight_ih_l{}{}", (gates, width)), ("weight_hh_l{}{}", (gates, state))]
                if bias:
                    shapes += [("bias_ih_l{}{}", (gates,)), ("bias_hh_l{}{}", (gates,))]
                if proj_size > 0:
                    shapes += [("weight_hr_l{}{}", (proj_size, hidden_size))]
                for name, shape in shapes:
                    name = name.format(layer, suffix)
                    setattr(self, name, Parameter(torch.empty(shape, device=device, dtype=dtype)))
                    self._flat_weights_names.append(name)

    @property
    def _flat_weights(self):
        return [getattr(self, name) for name in self._flat_weights_names]

    @property
    def _all_weights(self):
        names = self._flat_weights_names
        size = len(names) // (self.num_layers * (2 if self.bidirectional else 1))
        return [names[at : at + size] for at in range(0, len(names), size)]

    @property
    def all_weights(self):
        weights = self._flat_weights
        size = len(weights) // (self.num_layers * (2 if self.bidirectional else 1))
        return [weights[at : at + size] for at in range(0, len(weights), size)]

    def flatten_parameters(self):
        return None

    def reset_parameters(self):
        return None

    def check_input(self, input, batch_sizes):
        expected = 2 if batch_sizes is not None else 3
        if input.dim() != expected:
            raise RuntimeError("input must have {} dimensions, got {}".format(expected, input.dim()))
        if self.input_size != input.size(-1):
            raise RuntimeError(
                "input.size(-1) must be equal to input_size. Expected {}, got {}".format(self.input_size, input.size(-1))
            )

    def _expected_size(self, input, batch_sizes, width):
        batch = batch_sizes[0] if batch_sizes is not None else input.size(0 if self.batch_first else 1)
        return self.num_layers * (2 if self.bidirectional else 1), batch, width

    def get_expected_hidden_size(self, input, batch_sizes):
        width = self.proj_size if self.proj_size > 0 else self.hidden_size
        return self._expected_size(input, batch_sizes, width)

    def check_hidden_size(self, hx, expected_hidden_size, msg="Expected hidden size {}, got {}"):
        if hx.size() != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input, hidden, batch_sizes):
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx, permutation):
        return self._permuted(hx, permutation)

    def _zeros(self, input, batch, width):
        directions = 2 if self.bidirectional else 1
        return torch.zeros(self.num_layers * directions, batch, width, dtype=input.dtype, device=input.device)

    def _run(self, op, input, states):
        return op(
            input, states, self._flat_weights, self.bias, self.num_layers, self.dropout, self.training,
            self.bidirectional, self.batch_first,
        )

    def forward(self, input, hx=None):
        if isinstance(input, torch.nn.utils.rnn.PackedSequence):
            return self._packed(input, hx)
        return self._forward(input, hx)

    def _packed(self, input, hx):
        if not input.is_exact:
            _native.note("a packed sequence", "it is counted as if no sequence were shorter than the longest", True)
            batch = input.open_sizes[1]
        else:
            batch = len(input.lengths)
        if input.data.size(-1) != self.input_size:
            raise RuntimeError(
                "input.size(-1) must be equal to input_size. Expected {}, got {}".format(self.input_size, input.data.size(-1))
            )
        hx = self._permuted(hx, input.sorted_indices)
        # One step after another, whatever the module says of batches.
        output, state = self._step(input.data, hx, batch)
        return input.with_data(output), self._permuted(state, input.unsorted_indices)

    def _permuted(self, state, order):
        if state is None or order is None:
            return state
        if isinstance(state, tuple):
            return tuple(each.index_select(1, order) for each in state)
        return state.index_select(1, order)

    def _forward(self, input, hx):
        if input.dim() not in (2, 3):
            raise ValueError("{}: Expected input to be 2D or 3D, got {}D instead".format(type(self).__name__, input.dim()))
        is_batched = input.dim() == 3
        axis = 0 if self.batch_first else 1
        if not is_batched:
            input = input.unsqueeze(axis)
            if hx is not None:
                hx = tuple(h.unsqueeze(1) for h in hx) if isinstance(hx, tuple) else hx.unsqueeze(1)
        batch = input.size(axis)
        if input.size(-1) != self.input_size:
            raise RuntimeError(
                "input.size(-1) must be equal to input_size. Expected {}, got {}".format(self.input_size, input.size(-1))
            )
        output, state = self._step(input, hx, batch)
        if not is_batched:
            output = output.squeeze(axis)
            state = tuple(s.squeeze(1) for s in state) if isinstance(state, tuple) else state.squeeze(1)
        return output, state

    def _step(self, input, hx, batch):
        if hx is None:
            hx = self._zeros(input, batch, self.hidden_size)
        op = {"GRU": torch.gru, "RNN_TANH": torch.rnn_tanh, "RNN_RELU": torch.rnn_relu}[self.mode]
        output, state = self._run(op, input, hx)
        return output, state


class RNN(RNNBase):
    def __init__(self, *args, **kwargs):
        if len(args) > 3:
            nonlinearity = args[3]
            args = args[:3] + args[4:]
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        self_mode = "RNN_TANH" if nonlinearity == "tanh" else "RNN_RELU"
        super().__init__(self_mode, *args, **kwargs)
        self.nonlinearity = nonlinearity


class GRU(RNNBase):
    def __init__(self, *args, **kwargs):
        super().__init__("GRU", *args, **kwargs)


class LSTM(RNNBase):
    def __init__(self, *args, **kwargs):
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input, batch_sizes):
        return self._expected_size(input, batch_sizes, self.hidden_size)

    def check_forward_args(self, input, hidden, batch_sizes):
        self.check_input(input, batch_sizes)
        self.check_hidden_size(
            hidden[0], self.get_expected_hidden_size(input, batch_sizes), "Expected hidden[0] size {}, got {}"
        )
        self.check_hidden_size(
            hidden[1], self.get_expected_cell_size(input, batch_sizes), "Expected hidden[1] size {}, got {}"
        )

    def _step(self, input, hx, batch):
        if hx is None:
            width = self.proj_size if self.proj_size > 0 else self.hidden_size
            hx = (self._zeros(input, batch, width), self._zeros(input, batch, self.hidden_size))
        output, hidden, cell = self._run(torch.lstm, input, hx)
        return output, (hidden, cell)


class RNNCellBase(Module):
    def __init__(self, input_size, hidden_size, bias, num_chunks, device=None, dtype=None):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        self.weight_ih = Parameter(torch.empty((num_chunks * hidden_size, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(torch.empty((num_chunks * hidden_size, hidden_size), device=device, dtype=dtype))
        if bias:
            self.bias_ih = Parameter(torch.empty(num_chunks * hidden_size, device=device, dtype=dtype))
            self.bias_hh = Parameter(torch.empty(num_chunks * hidden_size, device=device, dtype=dtype))
        else:
            self.register_parameter("bias_ih", None)
            self.register_parameter("bias_hh", None)

    def reset_parameters(self):
        return None

    def _zero(self, input):
        return torch.zeros(*input.shape[:-1], self.hidden_size, dtype=input.dtype, device=input.device)


class RNNCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        if input.dim() == 1:
            return self.forward(input.unsqueeze(0), None if hx is None else hx.unsqueeze(0)).squeeze(0)
        hx = self._zero(input) if hx is None else hx
        op = torch.rnn_tanh_cell if self.nonlinearity == "tanh" else torch.rnn_relu_cell
        return op(input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


class LSTMCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input, hx=None):
        if input.dim() == 1:
            states = None if hx is None else (hx[0].unsqueeze(0), hx[1].unsqueeze(0))
            hidden, cell = self.forward(input.unsqueeze(0), states)
            return hidden.squeeze(0), cell.squeeze(0)
        if hx is None:
            zeros = self._zero(input)
            hx = (zeros, zeros)
        return torch.lstm_cell(input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


class GRUCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input, hx=None):
        if input.dim() == 1:
            return self.forward(input.unsqueeze(0), None if hx is None else hx.unsqueeze(0)).squeeze(0)
        hx = self._zero(input) if hx is None else hx
        return torch.gru_cell(input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
