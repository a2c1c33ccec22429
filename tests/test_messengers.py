"""One contract, every Messenger: what is sent is there once, and what failed has its Fate."""

import io
import logging
import re
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from bot.channel import Channel
from bot.chat.base import DeliveryError, Fate, Messenger, Posting
from bot.chat.console import ConsoleMessenger, JsonLines
from bot.chat.discord import DiscordMessenger
from bot.chat.slack import SlackMessenger
from bot.chat.webhook import WebhookMessenger
from bot.render import message_of
from bot.render.answer import Table
from bot.render.message import Message
from bot.render.picture import Picture
from bot.render.updates import followed, summary
from bot.render.weekly import Digest, Section
from detectors.shift import Shift, Status
from tests import (
    discord_server,
    slack_faults,
    slack_server,
    test_discord_payload,
    test_slack_blocks,
    webhook_server,
)
from tests.discord_server import LoopbackDiscord
from tests.hostile_texts import HOSTILE
from tests.looks import CHANNEL
from tests.slack_server import LoopbackSlack, SlackChannel
from tests.webhook_server import LoopbackHook
from tests.world import World, day

PATIENCE = 1.5
CHART = b"\x89PNG not drawn here"
LIVE, HIDDEN = test_discord_payload.LIVE, test_discord_payload.HIDDEN


@dataclass
class Stage:
    """A Messenger before a platform of our own.

    `kept` counts the messages that stand there; `fail` lets the next call end in one of the
    `troubles`; `live` says what in them is more than text; `canaries` are secrets that nobody may
    ever read.
    """

    messenger: Messenger
    channel: Channel
    kept: Callable[[], int]
    fail: Callable[[str], Any]
    troubles: dict[str, Fate]
    live: Callable[[], list[str]]
    canaries: tuple[str, ...] = ()
    remembers: bool = True


REFUSED, BROKEN, DROPPED, HANGS, GONE = "refused", "broken", "dropped", "hangs", "gone"
REVOKED = "revoked"
COMMON = {
    REFUSED: Fate.AGAIN,
    BROKEN: Fate.UNKNOWN,
    DROPPED: Fate.UNKNOWN,
    HANGS: Fate.UNKNOWN,
    GONE: Fate.CHANNEL,
}


class Breaking(io.StringIO):
    """A stream that is closed when told to."""

    broken = False

    def write(self, text: str, /) -> int:
        if self.broken:
            raise BrokenPipeError(32, "Broken pipe")
        return super().write(text)


@asynccontextmanager
async def stream(kind: type[ConsoleMessenger] | type[JsonLines]) -> AsyncIterator[Stage]:
    out = Breaking()

    def fail(_trouble: str) -> None:
        out.broken = True

    def kept() -> int:
        text = out.getvalue()
        return text.count("\n\n") if kind is ConsoleMessenger else text.count('"id"')

    def live() -> list[str]:
        # One line a message or Shift, in ASCII: what is in it is for programs.
        if kind is JsonLines:
            return [line for line in out.getvalue().splitlines() if not line.isascii()]
        return alive(out.getvalue())

    yield Stage(kind(out), CHANNEL, kept, fail, {REFUSED: Fate.AGAIN}, live, remembers=False)


@asynccontextmanager
async def console() -> AsyncIterator[Stage]:
    async with stream(ConsoleMessenger) as stage:
        yield stage


@asynccontextmanager
async def json_lines() -> AsyncIterator[Stage]:
    async with stream(JsonLines) as stage:
        yield stage


@asynccontextmanager
async def webhook() -> AsyncIterator[Stage]:
    fault = webhook_server.Fault
    faults = {
        REFUSED: fault(429, headers={"Retry-After": "7"}),
        BROKEN: fault(502, accept=True),
        DROPPED: fault(accept=True),
        HANGS: fault(accept=True, hang=True),
        GONE: fault(410),
    }
    async with LoopbackHook() as hook:
        yield Stage(
            WebhookMessenger(webhook_server.SECRET, seconds=PATIENCE),
            Channel("webhook", hook.url),
            lambda: len(hook.kept),
            lambda trouble: hook.faults.append(faults[trouble]),
            COMMON,
            lambda: [
                wrong for each in hook.kept for wrong in alive("\n".join(prose(each["message"])))
            ],
            (webhook_server.SECRET, "path-canary"),
            remembers=False,
        )


@asynccontextmanager
async def discord() -> AsyncIterator[Stage]:
    fault = discord_server.Fault
    faults = {
        REFUSED: discord_server.limited(7.0),
        BROKEN: fault(status=502, accept=True),
        DROPPED: fault(accept=True),
        HANGS: fault(accept=True, hang=True),
        GONE: fault(status=404, body={"code": 10003, "message": "Unknown Channel"}),
        REVOKED: fault(status=401, body={"code": 0, "message": "401: Unauthorized"}),
    }
    async with LoopbackDiscord() as server:
        server.world.open("100")
        yield Stage(
            DiscordMessenger(discord_server.TOKEN, server.api, patience=PATIENCE),
            Channel("discord", "100"),
            lambda: len(server.world.rooms["100"].messages),
            lambda trouble: server.faults.append(faults[trouble]),
            COMMON | {REVOKED: Fate.PLATFORM},
            lambda: (
                [
                    found
                    for each in server.world.rooms["100"].messages
                    for text in map(test_discord_payload.told, test_discord_payload.texts(each))
                    for found in (*LIVE.findall(text), *HIDDEN.findall(text))
                ]
                + [
                    str(each["allowed_mentions"])
                    for each in server.world.rooms["100"].messages
                    if each["allowed_mentions"]["parse"] or each["allowed_mentions"]["replied_user"]
                ]
            ),
            (discord_server.TOKEN,),
        )


@asynccontextmanager
async def slack() -> AsyncIterator[Stage]:
    fault, drop, hang = slack_faults.Fault, slack_faults.Silence.DROP, slack_faults.Silence.HANG
    faults = {
        REFUSED: fault(slack_faults.limited("7")),
        BROKEN: fault(slack_faults.page(502), accepted=0),
        DROPPED: fault(drop, accepted=0),
        HANGS: fault(hang, accepted=0),
        GONE: fault(slack_faults.no("is_archived")),
        REVOKED: fault(slack_faults.no("token_revoked")),
    }
    room = SlackChannel()
    async with LoopbackSlack({"C0HUBSHIFT": room}) as server:
        yield Stage(
            SlackMessenger(slack_server.TOKEN, base_url=server.url, seconds=PATIENCE),
            Channel("slack", "C0HUBSHIFT"),
            lambda: len(room.messages),
            lambda trouble: server.faults.append(faults[trouble]),
            COMMON | {REVOKED: Fate.PLATFORM},
            lambda: [found for each in room.messages if (found := test_slack_blocks.fault(each))],
            (slack_server.TOKEN,),
        )


def prose(message: dict[str, Any]) -> list[str]:
    """Return what people read of a web hook's message."""
    return [message["title"], message["sentence"], message["why"], *message["evidence"]]


def alive(text: str) -> list[str]:
    """Return what a client could take for more than text: links, mentions, unseen signs."""
    rest = text.replace("https://huggingface.co/", "")
    found = re.findall(r"\w+://\S*|@(?:everyone|here|channel)|[<>]", rest)
    unseen = [sign for sign in rest if sign != "\n" and unicodedata.category(sign)[0] == "C"]
    return [*found, *map(repr, unseen)]


STAGES = {
    "console": console,
    "json": json_lines,
    "webhook": webhook,
    "discord": discord,
    "slack": slack,
}


@pytest.fixture(params=sorted(STAGES))
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with STAGES[request.param]() as found:
        yield found
        await found.messenger.close()


@cache
def entered() -> Shift:
    """Return the entry of a model into a board."""
    world = World(("top 1 by trending in all confirm 1 of 1",))
    world.pulse(day(1), ["lab/a", "lab/b"])
    return world.pulse(day(2), ["lab/b", "lab/a"])[0]


def posting(number: int = 0) -> Posting:
    """Return one delivery of it."""
    return Posting(f"d{number:023}", message_of([entered()]), shifts=(entered(),))


def since() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


async def test_what_is_sent_is_there_once_and_has_a_receipt(stage: Stage) -> None:
    receipt = await stage.messenger.send(stage.channel, posting())
    assert receipt.id
    assert stage.kept() == 1


async def test_a_messenger_is_of_the_platform_of_its_channel(stage: Stage) -> None:
    assert stage.messenger.platform == stage.channel.platform


async def test_history_tells_what_is_there_or_that_there_is_none(stage: Stage) -> None:
    receipt = await stage.messenger.send(stage.channel, posting(1))
    if not stage.remembers:
        with pytest.raises(DeliveryError) as caught:
            await stage.messenger.find(stage.channel, posting(1), since())
        assert caught.value.fate is Fate.NEVER
        return
    assert await stage.messenger.find(stage.channel, posting(1), since()) == receipt
    assert await stage.messenger.find(stage.channel, posting(2), since()) is None


async def test_each_trouble_has_its_fate_and_a_reason_for_people(stage: Stage) -> None:
    for trouble, fate in stage.troubles.items():
        stage.fail(trouble)
        with pytest.raises(DeliveryError) as caught:
            await stage.messenger.send(stage.channel, posting())
        assert (trouble, caught.value.fate) == (trouble, fate)
        assert caught.value.reason == str(caught.value) != ""
        if trouble == REFUSED and caught.value.retry_after is not None:
            assert caught.value.retry_after >= 7


async def test_the_same_delivery_again_is_the_same_message_where_the_platform_knows_ids(
    stage: Stage,
) -> None:
    if not await stage.messenger.same_id(stage.channel, posting()):
        pytest.skip("this platform does not know delivery ids")
    first = await stage.messenger.send(stage.channel, posting())
    assert await stage.messenger.send(stage.channel, posting()) == first
    assert stage.kept() == 1


async def test_the_week_is_one_message_with_its_picture_and_is_found_again(stage: Stage) -> None:
    week = Digest(
        "The week to 9 January 2026",
        "A quiet week: nothing that is watched has shifted.",
        (Section("Trending top 10", (Table((("1", "lab/a", "▲2"), ("2", "lab/b", ""))),)),),
        "No shifts, from 7 pulses.",
        day(9),
    )
    told = Posting(posting(7).id, week.message, picture=Picture(CHART, "two models"), digest=week)
    receipt = await stage.messenger.send(stage.channel, told)
    if stage.remembers:
        assert stage.kept() == 1
        assert await stage.messenger.find(stage.channel, told, since()) == receipt


async def test_what_stands_there_twice_is_seen_and_can_be_taken_back(stage: Stage) -> None:
    first = await stage.messenger.send(stage.channel, posting(1))
    if not stage.remembers:
        with pytest.raises(DeliveryError):
            await stage.messenger.copies(stage.channel, posting(1).id, first, since())
        return
    copies = await stage.messenger.copies(stage.channel, posting(1).id, first, since())
    assert copies == [first]
    assert await stage.messenger.copies(stage.channel, posting(2).id, first, since()) == []
    for _ in range(2):
        await stage.messenger.remove(stage.channel, first)
        assert stage.kept() == 0


async def test_news_of_a_message_follow_it_and_do_no_harm_when_repeated(stage: Stage) -> None:
    first = await stage.messenger.send(stage.channel, posting(1))
    reads = replace(posting(1).message, title="Over: it was first")
    news = replace(posting(2), parent=first, parent_message=reads)
    receipt = await stage.messenger.send(stage.channel, news)
    assert receipt.id != first.id
    assert stage.kept() == 2


async def test_no_log_line_and_no_error_shows_a_secret(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(stage.messenger)]
    for trouble in ("", *stage.troubles):
        if trouble:
            stage.fail(trouble)
        try:
            await stage.messenger.send(stage.channel, posting())
        except DeliveryError as error:
            said += [str(error), repr(error), repr(error.__cause__)]
    text = "\n".join([*said, *(record.getMessage() for record in caplog.records), caplog.text])
    assert [canary for canary in stage.canaries if canary in text] == []


def hostile(first: int) -> list[Message]:
    """Return what is said of a model, and of four hostile texts: its id, lab, country and task."""
    key, lab, country, task = HOSTILE[first : first + 4]
    shift = entered()
    about = {**shift.about, "lab": lab, "country": country, "task": task, "family": lab}
    evidence = replace(shift.evidence, scope=f"lab {lab}", window=task)
    begun = replace(shift, key=key, about=about, evidence=evidence)
    return [message_of([begun]), message_of([replace(begun, status=Status.RESOLVED)])]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(5))
async def test_500_hostile_texts_are_no_mention_and_no_link_in_whatever_form_they_come(
    stage: Stage, part: int
) -> None:
    count = len(HOSTILE)
    assert count == 500
    for first in range(part * count // 5, (part + 1) * count // 5, 4):
        message, over = hostile(first)
        told = replace(posting(first), message=message)
        if first % 20 == 0:
            told = replace(told, picture=Picture(CHART, HOSTILE[first]))
        receipt = await stage.messenger.send(stage.channel, told)
        reads = followed(message, over, over=True)
        update = replace(posting(first + 1), message=over, parent=receipt, parent_message=reads)
        await stage.messenger.send(stage.channel, update)
        many = replace(posting(first + 2), message=summary([message, over]))
        await stage.messenger.send(stage.channel, many)
    assert stage.live() == []
    assert stage.kept() >= 75


def test_the_check_of_hostile_texts_sees_what_is_live_in_a_terminal_too() -> None:
    for text in ("a https://evil.example", "<@U1>", "@here", "a\u202eb", "slack://open"):
        assert alive(text) != []
    assert alive("a plain line\nhttps://huggingface.co/a/b") == []


async def test_a_web_hook_carries_the_delivery_and_its_figures_signed() -> None:
    async with LoopbackHook() as hook:
        messenger = WebhookMessenger(webhook_server.SECRET)
        await messenger.send(Channel("webhook", hook.url), posting(3))
        await messenger.close()
    (message,), (headers,) = hook.kept, hook.headers
    assert message["id"] == headers["X-Hubshift-Delivery"] == posting(3).id
    assert message["message"]["title"] == posting(3).message.title
    assert message["shifts"][0]["key"] == "lab/b"
