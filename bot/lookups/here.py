"""What the channel where it is asked has decided, as far as an answer depends on it."""

from collections.abc import Callable
from dataclasses import dataclass

from detectors.shift import AT_ONCE, Severity, Shift

Stopped = tuple[str, str]
"""What stopped a Shift in a channel, in a word or two, and the sentence behind it."""


def _nothing(_shift: Shift) -> Stopped | None:
    return None


@dataclass(frozen=True)
class Here:
    """The least severity that the channel is told at once, and what stops a Shift there."""

    floor: Severity = AT_ONCE
    stopped: Callable[[Shift], Stopped | None] = _nothing


ANYWHERE = Here()
