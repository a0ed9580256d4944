from _ecocompute_std import plain_unknown, primes_between


def primerange(a, b=None):
    low, high = (2, a) if b is None else (a, b)
    return iter(primes_between(int(low), int(high)))


def isprime(n):
    if n < 2:
        return False
    divisor = 2
    while divisor * divisor <= n:
        if n % divisor == 0:
            return False
        divisor += 1
    return True


def nextprime(n, ith=1):
    found = int(n)
    for _ in range(ith):
        found += 1
        while not isprime(found):
            found += 1
    return found


def prevprime(n):
    if n < 3:
        raise ValueError("no preceding primes")
    found = int(n) - 1
    while not isprime(found):
        found -= 1
    return found


def prime(nth):
    if nth < 1:
        raise ValueError("nth must be a positive integer; for prime(1) == 2")
    return nextprime(1, nth)


def divisors(n, generator=False):
    found = [each for each in range(1, int(n) + 1) if n % each == 0]
    return iter(found) if generator else found


def __getattr__(name):
    return plain_unknown("`sympy.ntheory." + name + "` is not interpreted")
