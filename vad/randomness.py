"""Random draws that depend on names and seeds alone, never on the order of work."""

import hashlib

import numpy as np


def digest(*parts: str | int) -> int:
    """A hash of `parts` as a whole number below 2**256, the same in any process."""
    joined = "\x1f".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(joined.encode()).digest())


def generator(*parts: str | int) -> np.random.Generator:
    """A generator seeded by a hash of `parts`: equal parts, equal draws."""
    return np.random.default_rng(digest(*parts))
