"""The physical limit: how long it takes to copy bytes once, at the memory's speed in this run."""

from time import perf_counter

import numpy as np


def bandwidth() -> float:
    """Measure bytes a second of memory read and written, best of five."""
    held = np.ones(1 << 25, np.int64)
    other = np.empty_like(held)
    taken = []
    for _ in range(5):
        begin = perf_counter()
        np.copyto(other, held)
        taken.append(perf_counter() - begin)
    return 2 * held.nbytes / min(taken)


def times(seconds: float, size: float, speed: float) -> str:
    """Say how many times as long something took as its bytes take at a speed."""
    return f"{seconds / (size / speed):,.1f}"
