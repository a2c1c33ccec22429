"""What the server answers, as this client reads it: bytes."""

from collections.abc import Iterable


def all_bytes(values: Iterable[object]) -> list[bytes]:
    """Return the server's values, which this client reads as bytes; TypeError for any other."""
    return [one_bytes(value) for value in values]


def one_bytes(value: object) -> bytes:
    """Return a value as bytes; TypeError for anything else."""
    if not isinstance(value, bytes):
        raise TypeError(f"the store's client must read bytes, got {type(value).__name__}")
    return value


def with_scores(values: Iterable[object]) -> list[tuple[str, float]]:
    """Return the members of a sorted set with their scores; TypeError for anything else."""
    found = []
    for pair in values:
        if not isinstance(pair, tuple | list):
            raise TypeError(f"a member comes with its score, got {type(pair).__name__}")
        name, score = pair
        found.append((one_bytes(name).decode(), float(score)))
    return found
