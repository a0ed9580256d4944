from .helpers import checkpoint_seq, named_apply
