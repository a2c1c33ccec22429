"""Requests that are a little or very odd: none is answered with a fault of this server.

`make chaos` sends ten times as many.
"""

import json
import os
import time
from collections.abc import Callable
from random import Random
from urllib.parse import quote_plus, urlencode

import pytest

from bot.chat.slack.answers import SHARE_ACTION
from bot.chat.slack.buttons import ALERT_ACTIONS
from bot.chat.slack.home_view import HOME_ACTIONS
from bot.store.store import Store
from tests.slack_place import COMMAND, Place, place
from tests.test_slack_guard import signed

REQUESTS = int(os.environ.get("HUBSHIFT_TEST_REQUESTS", "1000"))
FORM = "application/x-www-form-urlencoded"
KINDS = (FORM, "application/json", "text/plain", "a/b; x=", "", "multipart/form-data", "é")
ODDITIES = (
    "", "[]", "null", "1", '"x"', "{", "\x00", "[1]", '{"type":[]}', "é", "%ff", "&&==", "{}" * 9,
    "[" * 2_000, "9" * 400, '{"a":' * 900, "\ud7ff", "NaN", "-0", "true",
)  # fmt: skip
VALUES: tuple[object, ...] = ([], {}, None, 1, "", "x" * 3_001, [[]], {"id": []}, True, -1.5)

ACTIONS = (*sorted(ALERT_ACTIONS), *sorted(HOME_ACTIONS), SHARE_ACTION, "of_another_time")

Chance = Random


def clicked(chance: Chance) -> dict[str, object]:
    """Return what Slack says of a button that was pressed."""
    action, value = chance.choice(ACTIONS), chance.choice(("0123456789ab", "C0HUBSHIFT ab", "x"))
    return {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": "T0HUBSHIFT"},
        "team": {"id": "T0HUBSHIFT", "domain": "x"},
        "channel": {"id": "C0HUBSHIFT"},
        "container": {"type": "message", "channel_id": "C0HUBSHIFT"},
        "trigger_id": "1.2",
        "actions": [{"type": "button", "action_id": action, "value": value}],
    }


def submitted(_: Chance) -> dict[str, object]:
    """Return what Slack says of a modal that was sent in."""
    state = {"values": {"rule": {"rule": {"type": "plain_text_input", "value": "top 3"}}}}
    metadata = json.dumps({"channel": "C0HUBSHIFT", "rule": "top 10 by trending"})
    return {
        "type": "view_submission",
        "user": {"id": "U1", "team_id": "T0HUBSHIFT"},
        "team": {"id": "T0HUBSHIFT", "domain": "x"},
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": "tune",
            "private_metadata": metadata,
            "state": state,
        },
    }


def happened() -> dict[str, object]:
    """Return what Slack says of an event."""
    return {
        "type": "event_callback",
        "team_id": "T0HUBSHIFT",
        "event_id": "Ev1",
        "event": {"type": "app_home_opened", "user": "U1", "tab": "home", "view": {"hash": "1"}},
    }


def bent(chance: Chance, body: dict[str, object]) -> dict[str, object]:
    """Return a payload with one to three of its parts taken away or turned into something else."""
    for _ in range(chance.randrange(1, 4)):
        at: object = body
        while isinstance(at, dict | list) and at:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            key = chance.choice(keys)
            if chance.random() < 0.4:
                if chance.random() < 0.3:
                    del at[key]
                else:
                    at[key] = chance.choice(VALUES)
                break
            at = at[key]
    return body


def command(chance: Chance) -> bytes:
    fields = [*COMMAND, "payload", "ssl_check", "type", "actions", "user", "team", "enterprise"]
    return urlencode({**COMMAND, chance.choice(fields): chance.choice(ODDITIES)}).encode()


def payload(chance: Chance) -> bytes:
    body = bent(chance, chance.choice((clicked, submitted))(chance))
    return urlencode({"payload": json.dumps(body)}).encode()


def event(chance: Chance) -> bytes:
    return json.dumps(bent(chance, happened())).encode()


def noise(chance: Chance) -> bytes:
    odd = chance.choice(ODDITIES)
    return chance.choice(
        (f"payload={quote_plus(odd)}".encode(), odd.encode(), chance.randbytes(40))
    )


BODIES: tuple[Callable[[Chance], bytes], ...] = (command, payload, event, noise)


def mutated(chance: Chance) -> tuple[bytes, dict[str, str]]:
    """Return a request that is odd in its body, its headers or both; most of them are signed."""
    make = chance.choice(BODIES)
    body = make(chance)
    now = str(int(time.time()))
    stamp = now if chance.random() < 0.8 else chance.choice(("soon", "-1", "1e5", "9" * 30, ""))
    plain = "application/json" if make is event else FORM
    kind = plain if chance.random() < 0.7 else chance.choice(KINDS)
    headers = dict(signed(body, stamp)) | {"Content-Type": kind}
    if chance.random() < 0.2:
        headers |= {"X-Slack-Retry-Num": chance.choice(ODDITIES[:6]), "X-Slack-Retry-Reason": "é"}
        headers = {name: value.replace("\x00", "") for name, value in headers.items()}
    if chance.random() < 0.1:
        del headers[chance.choice(list(headers))]
    if chance.random() < 0.1:
        headers["X-Slack-Signature"] = chance.choice(("v0=", "é", "v0=" + "0" * 64, ""))
    return body, headers


async def test_no_mutated_request_is_answered_with_a_fault_of_this_server(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    chance = Random(5)  # noqa: S311  # figures of a story, no secrets
    async with place(store) as here:
        statuses = [await here.posts(*mutated(chance)) for _ in range(REQUESTS)]
        await here.answered()
        assert await _works(here)
    assert [status for status in statuses if status >= 500] == []
    assert {200, 400, 401} <= set(statuses)
    assert [each for each in caplog.records if each.levelname == "ERROR" and each.exc_info] == []


async def _works(here: Place) -> bool:
    """Whether a plain question is still answered."""
    before = len(here.inbox.payloads)
    await here.asks("top 1")
    return len(await here.answered()) == before + 1


async def test_no_mutated_envelope_breaks_anything(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    chance = Random(6)  # noqa: S311  # as above
    makes = {"interactive": (clicked, submitted), "events_api": (lambda _: happened(),)}
    async with place(store) as here:
        for number in range(REQUESTS // 2):
            kind = chance.choice(tuple(makes))
            body = bent(chance, chance.choice(makes[kind])(chance))
            envelope = {"type": kind, "envelope_id": f"e{number}", "payload": body}
            await here.front.switchboard.envelope(envelope)
        await here.answered()
        assert await _works(here)
    assert [each for each in caplog.records if each.levelname == "ERROR" and each.exc_info] == []
