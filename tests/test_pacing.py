"""A walk's rests, from the Hub's quota headers."""

from datetime import UTC, datetime

import pytest

from bot.hub.pacing import rest_after, wait_asked

POLICY = '"fixed window";"api";q=500;w=300'
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def quota(remaining: int, reset: int, policy: str = POLICY) -> dict[str, str]:
    return {"ratelimit": f'"api";r={remaining};t={reset}', "ratelimit-policy": policy}


def test_a_walk_alone_uses_half_of_the_quota_evenly() -> None:
    assert rest_after(quota(499, 300)) == pytest.approx(300 / 250)
    assert rest_after(quota(300, 30)) == pytest.approx(300 / 250)


def test_a_walk_beside_others_slows_down_and_never_reaches_zero() -> None:
    remaining, passed, sent = 300.0, 0.0, 0
    while passed < 300:
        passed += rest_after(quota(int(remaining), int(300 - passed)))
        # The others ask once a second and a half, heedless.
        remaining = 300 - sent - passed / 1.5
        sent += 1
        assert passed >= 300 or remaining > 0


def test_an_empty_quota_is_waited_out() -> None:
    assert rest_after(quota(0, 120)) == 121
    assert rest_after(quota(25, 120)) == 121


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ratelimit": ""},
        {"ratelimit": "api;r=x;t=1"},
        {"ratelimit": '"api";r=-1;t=5'},
        {"ratelimit": f'"api";r={"9" * 5000};t=1'},
    ],
)
def test_headers_that_say_nothing_clear_are_ignored(headers: dict[str, str]) -> None:
    assert rest_after(headers) == 0
    assert wait_asked(headers, NOW) is None


def test_without_a_policy_what_is_left_is_stretched() -> None:
    assert rest_after({"ratelimit": '"api";r=11;t=50'}) == pytest.approx(5)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (quota(0, 55), 56),
        (quota(9, 55) | {"retry-after": "7"}, 8),
        ({"retry-after": "Mon, 23 Nov 2026 12:01:00 GMT"}, 61),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, 1),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        (quota(9, 55), None),
    ],
)
def test_a_refused_request_waits_as_asked(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked(headers, NOW) == seconds
