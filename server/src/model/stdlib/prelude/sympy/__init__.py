"""Primes, of which sizes of tables are made; what else sympy has are expressions, which hold no parameters."""
from _ecocompute_std import plain_unknown

from .ntheory import divisors, isprime, nextprime, prevprime, prime, primerange

__version__ = "1.13.1"


def __getattr__(name):
    return plain_unknown("`sympy." + name + "` is not interpreted")
