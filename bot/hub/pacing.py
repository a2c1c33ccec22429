"""How long to rest between requests, from what the Hub says of its quota."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A walk leaves at least this part of a window's requests to everyone else on the same quota.
_WALKS_PART = 0.5
_KEPT_PART = 0.05
# `RateLimit: "api";r=94;t=53` and `RateLimit-Policy: "fixed window";"api";q=500;w=300`; a figure
# of more digits is none.
_LEFT = re.compile(r";\s*r=(\d{1,9})\s*;\s*t=(\d{1,9})(?!\d)")
_POLICY = re.compile(r";\s*q=(\d{1,9})\s*;\s*w=(\d{1,9})(?!\d)")


@dataclass(frozen=True)
class Quota:
    """Requests left in the window and seconds until it ends; requests and seconds of a window."""

    remaining: int
    reset_seconds: int
    limit: int | None = None
    window_seconds: int | None = None

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> "Quota | None":
        """Return what the headers (lower-case names) say, None when they say nothing clear."""
        left = _LEFT.search(headers.get("ratelimit", ""))
        policy = _POLICY.search(headers.get("ratelimit-policy", ""))
        if left is None:
            return None
        if policy is None:
            return cls(int(left[1]), int(left[2]))
        return cls(int(left[1]), int(left[2]), int(policy[1]), int(policy[2]))


def rest_after(headers: Mapping[str, str]) -> float:
    """Return the seconds from one request of a walk to the next.

    Half of the quota is used, evenly; when others have used it up so far that even this would
    reach zero before the window ends, the rest of the window is stretched over what is left.
    Source: https://huggingface.co/docs/hub/rate-limits
    """
    quota = Quota.read(headers)
    if quota is None:
        return 0.0
    even, kept = 0.0, 1.0
    if quota.limit and quota.window_seconds:
        even = quota.window_seconds / (quota.limit * _WALKS_PART)
        kept = max(kept, quota.limit * _KEPT_PART)
    if quota.remaining <= kept:
        # Whole seconds are counted down to, so the window may last one longer.
        return max(even, quota.reset_seconds + 1.0)
    return max(even, quota.reset_seconds / (quota.remaining - kept))


def wait_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds a refused request should wait, None when the Hub does not say.

    `Retry-After` is a number of seconds or a date; of whole seconds one more is waited.
    """
    quota = Quota.read(headers)
    if quota is not None and quota.remaining == 0:
        return quota.reset_seconds + 1.0
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked), 1e9) + 1.0
    with suppress(ValueError):
        at = parsedate_to_datetime(asked)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - now).total_seconds()) + 1.0
    return None
