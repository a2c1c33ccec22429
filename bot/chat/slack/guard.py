"""What Slack sends over HTTP, checked before anything reads it: shape, signature, replay."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from enum import StrEnum

# https://docs.slack.dev/authentication/verifying-requests-from-slack
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
SECONDS = 300
_MOST_REMEMBERED = 100_000


class Turned(StrEnum):
    """Why a request is turned away."""

    SHAPE = "its signature headers or its body are not what Slack sends"
    OLD = "it is more than five minutes old or from the future; check the clock of this machine"
    FORGED = "its signature is not made with this app's signing secret"
    REPLAYED = "it was here already"
    BUSY = "too many requests in too short a time"


class Guard:
    """Lets each request that Slack signed in the last five minutes through, once.

    `clock` gives the time in seconds since 1970.
    """

    def __init__(self, signing_secret: str, clock: Callable[[], float]) -> None:
        if not signing_secret.strip():
            raise ValueError("SLACK_SIGNING_SECRET is empty")
        self._secret = signing_secret.encode()
        self._clock = clock
        # With the time at which they are too old anyway, in the order they came.
        self._seen: dict[str, float] = {}

    def __repr__(self) -> str:
        """Return how much it remembers, and no secret."""
        return f"Guard({len(self._seen)} remembered)"

    def turned(self, headers: Iterable[tuple[str, str]], body: bytes) -> Turned | None:
        """Return why a request is turned away, None where it may come in."""
        stamps = [value for name, value in headers if name.lower() == "x-slack-request-timestamp"]
        signatures = [value for name, value in headers if name.lower() == "x-slack-signature"]
        if len(stamps) != 1 or len(signatures) != 1:
            return Turned.SHAPE
        [stamp], [signature] = stamps, signatures
        if not _TIMESTAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(signature):
            return Turned.SHAPE
        if not _text(body):
            return Turned.SHAPE
        now = self._clock()
        if abs(now - int(stamp)) > SECONDS:
            return Turned.OLD
        base = b"v0:" + stamp.encode() + b":" + body
        made = hmac.new(self._secret, base, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={made}", signature):
            return Turned.FORGED
        return self._again(signature, int(stamp), now)

    def _again(self, signature: str, stamp: int, now: float) -> Turned | None:
        while self._seen and next(iter(self._seen.values())) < now:
            del self._seen[next(iter(self._seen))]
        if signature in self._seen:
            return Turned.REPLAYED
        # What is forgotten could come again: nothing is forgotten before its time.
        if len(self._seen) >= _MOST_REMEMBERED:
            return Turned.BUSY
        self._seen[signature] = stamp + SECONDS
        return None


def signature_of(headers: Iterable[tuple[str, str]]) -> str:
    """Return the signature of a request that the guard let in."""
    return next(value for name, value in headers if name.lower() == "x-slack-signature")


def _text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
