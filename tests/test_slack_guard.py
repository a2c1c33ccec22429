"""What comes over HTTP: only what Slack signed, and only once."""

import hashlib
import hmac

import pytest

from bot.chat.slack.guard import Guard, Turned

SECRET = "canary-signing-secret"  # noqa: S105  # a canary: no server takes it
NOW = 1_780_000_000


def signed(body: bytes, stamp: str = str(NOW), secret: str = SECRET) -> list[tuple[str, str]]:
    base = b"v0:" + stamp.encode() + b":" + body
    made = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return [("X-Slack-Request-Timestamp", stamp), ("X-Slack-Signature", f"v0={made}")]


def turned(headers: list[tuple[str, str]], body: bytes = b"a=b") -> Turned | None:
    return Guard(SECRET, lambda: float(NOW)).turned(headers, body)


def test_what_slack_signed_comes_in_once() -> None:
    now = float(NOW)
    guard = Guard(SECRET, lambda: now)
    assert guard.turned(signed(b"a=b"), b"a=b") is None
    assert guard.turned(signed(b"a=b"), b"a=b") is Turned.REPLAYED
    now += 299
    assert guard.turned(signed(b"a=b"), b"a=b") is Turned.REPLAYED
    now += 2
    assert guard.turned(signed(b"a=b"), b"a=b") is Turned.OLD
    assert guard.turned(signed(b"a=b", str(NOW + 301)), b"a=b") is None
    assert repr(guard) == "Guard(1 remembered)"


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "1e9", "١٧", f" {NOW}", "9" * 13, "\x00"])
def test_a_timestamp_that_is_no_number_is_turned_away(stamp: str) -> None:
    assert turned(signed(b"a=b", stamp)) is Turned.SHAPE


def test_odd_signatures_bodies_and_doubled_headers_are_turned_away() -> None:
    stamp, signature = signed(b"a=b")
    assert turned([stamp]) is Turned.SHAPE
    assert turned([stamp, signature, signature]) is Turned.SHAPE
    assert turned([stamp, ("X-Slack-Signature", "v0=é")]) is Turned.SHAPE
    assert turned([stamp, ("X-Slack-Signature", "v1=" + "0" * 64)]) is Turned.SHAPE
    assert turned(signed(b"\xff"), b"\xff") is Turned.SHAPE


def test_old_future_and_forged_requests_are_turned_away() -> None:
    assert turned(signed(b"a=b", str(NOW - 301))) is Turned.OLD
    assert turned(signed(b"a=b", str(NOW + 301))) is Turned.OLD
    assert turned(signed(b"a=c")) is Turned.FORGED
    assert turned(signed(b"a=b", secret=SECRET[1:])) is Turned.FORGED


def test_a_guard_without_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="SLACK_SIGNING_SECRET is empty"):
        Guard(" ", lambda: 0.0)
