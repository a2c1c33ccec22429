"""How long and how much a look at the live Hub may take; every figure can be set."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class CrawlLimits:
    """Bounds of a live look; seconds and bytes unless the name says otherwise.

    One request never lasts longer than `page_seconds`, a look with all its retries and waits
    never longer than `pulse_seconds` or `census_seconds`. The Hub's page limit is 1,000; a page
    of 1,000 models with every field asked for is about 2 MB.
    """

    page_seconds: float = 30
    pulse_seconds: float = 90
    census_seconds: float = 6 * 3600
    page_rows: int = 1000
    pulse_rows: int = 1000
    page_bytes: int = 64 * 2**20
    retries: int = 3
    backoff_seconds: float = 1
    longest_backoff_seconds: float = 8
    longest_rest_seconds: float = 3600
    resume_seconds: float = 24 * 3600
    odd_share: float = 0.01
    misplaced_share: float = 0.01


@dataclass(frozen=True)
class Deadline:
    """An instant of the monotonic clock after which a look must have ended."""

    seconds: float
    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline that lies `seconds` from now."""
        return cls(seconds, time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds until it, 0 when it is past."""
        return max(0.0, self.at - time.monotonic())
