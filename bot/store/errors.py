"""What can go wrong between Hubshift and its store, each with the exit code it ends in."""

from typing import ClassVar


class StoreError(Exception):
    """Trouble with the store; the text says what happened, where, and what to do."""

    exit_code: ClassVar[int] = 1


class BadStoreUrl(ValueError):
    """REDIS_URL cannot be used as it is written; the text never repeats a password."""

    exit_code: ClassVar[int] = 2
