from ._real import Normal
