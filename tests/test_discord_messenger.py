"""A message reaches its Discord channel, once, or it is said why not."""

import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.channel import EVERY, Channel
from bot.chat.base import DeliveryError, Fate, Posting, Receipt
from bot.chat.discord import DiscordMessenger
from bot.delivery import Delivery
from bot.dispatch import Composer, Timing, Works, drain
from bot.render.message import Message, Tone
from bot.render.picture import Picture
from bot.store.store import Store
from detectors.shift import Severity
from tests.discord_schema import V2
from tests.discord_server import TOKEN, Fault, LoopbackDiscord, limited
from tests.discord_world import ANNOUNCEMENT, FILES, FORUM, HISTORY, SEND, THREAD, VIEW, Json

ROOM = Channel("discord", "100")
ID = "0123456789abcdef01234567"
MESSAGE = Message(
    title="Kimi-K2.5 (Moonshot AI, China) enters the trending top 10 at #4",
    sentence="moonshotai/Kimi-K2.5 is now #4 in trending, up from #14 on 26 January.",
    why="From Moonshot AI (China): a text-generation model with 1,300 likes.",
    evidence=("trending in all · #14 → #4 · pulse@2026-01-26T00:00:00Z", "likes in all · #9 → #2"),
    tone=Tone.RISE,
    at=datetime(2026, 1, 27, tzinfo=UTC),
    link="https://huggingface.co/moonshotai/Kimi-K2.5",
    severity=Severity.MAJOR,
)
POSTING = Posting(ID, MESSAGE)
PICTURE = Picture(b"\x89PNG not drawn here", "Kimi-K2.5 climbs from 14 to 4")
JUST_NOW = timedelta(minutes=1)


@pytest.fixture
async def discord() -> AsyncIterator[LoopbackDiscord]:
    """Serve a Discord with one text channel, 100."""
    async with LoopbackDiscord() as server:
        server.world.open("100")
        yield server


@pytest.fixture
async def messenger(discord: LoopbackDiscord) -> AsyncIterator[DiscordMessenger]:
    """Return a messenger of that Discord."""
    found = DiscordMessenger(TOKEN, discord.api, patience=0.5)
    yield found
    await found.close()


def stands(discord: LoopbackDiscord, room: str = "100") -> list[Json]:
    return discord.world.rooms[room].messages


def since() -> datetime:
    return datetime.now(UTC) - JUST_NOW


async def refused(
    messenger: DiscordMessenger, posting: Posting = POSTING, channel: Channel = ROOM
) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await messenger.send(channel, posting)
    return caught.value


async def test_an_alert_is_one_call_and_one_message(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    receipt = await messenger.send(ROOM, POSTING)
    (message,) = stands(discord)
    assert receipt == Receipt(message["id"])
    assert message["flags"] == V2
    assert message["components"][0]["accent_color"] == 0xD55E00
    assert message["allowed_mentions"] == {"parse": [], "replied_user": False}
    (call,) = discord.calls
    assert (call.body["nonce"], call.body["enforce_nonce"]) == (ID, True)
    assert call.headers["User-Agent"].startswith("DiscordBot (http")


async def test_the_same_delivery_again_is_the_same_message(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    first = await messenger.send(ROOM, POSTING)
    assert await messenger.send(ROOM, POSTING) == first
    assert len(stands(discord)) == 1


async def test_a_picture_comes_with_its_words(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    await messenger.send(ROOM, replace(POSTING, picture=PICTURE))
    (message,) = stands(discord)
    gallery = next(part for part in message["components"][0]["components"] if part["type"] == 12)
    assert gallery["items"][0]["description"] == PICTURE.alt
    assert discord.calls[0].files == {"files[0]": PICTURE.png}
    assert message["attachments"][0]["description"] == PICTURE.alt


async def test_where_components_are_refused_an_embed_is_posted(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    discord.world.v2 = False
    receipt = await messenger.send(ROOM, replace(POSTING, picture=PICTURE))
    (message,) = stands(discord)
    assert message["embeds"][0]["title"].startswith("▲ Kimi")
    assert await messenger.find(ROOM, POSTING, since()) == receipt
    await messenger.send(ROOM, replace(POSTING, picture=PICTURE))
    assert len(stands(discord)) == 1


async def test_a_channel_that_takes_no_files_gets_the_alert_without_its_picture(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    discord.world.rooms["100"].lacks = {FILES}
    await messenger.send(ROOM, replace(POSTING, picture=PICTURE))
    assert [len(call.files) for call in discord.calls] == [1, 0]
    assert len(stands(discord)) == 1


async def test_an_update_edits_the_first_message_and_replies_to_it(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    first = await messenger.send(ROOM, replace(POSTING, picture=PICTURE))
    update = Posting(
        "f" * 24,
        replace(MESSAGE, title="Kimi-K2.5 leaves the trending top 10", tone=Tone.FALL),
        parent=first,
        parent_message=replace(MESSAGE, title="Ended: Kimi-K2.5 was in the trending top 10"),
    )
    second = await messenger.send(ROOM, update)
    parent, reply = stands(discord)
    assert (parent["id"], reply["id"]) == (first.id, second.id)
    assert "Ended: Kimi" in str(parent["components"])
    assert reply["message_reference"]["message_id"] == first.id
    assert [each["filename"] for each in parent["attachments"]] == ["hubshift.png"]
    assert "attachment://hubshift.png" in str(parent["components"])
    # The first message can still be found by its delivery, and the update by its own.
    assert await messenger.find(ROOM, POSTING, since()) == first
    assert await messenger.find(ROOM, update, since()) == second


async def test_an_update_of_a_message_that_is_gone_is_told_all_the_same(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    gone = Receipt("77")
    await messenger.send(ROOM, replace(POSTING, parent=gone, parent_message=MESSAGE))
    assert len(stands(discord)) == 1


async def test_an_update_goes_on_where_the_history_may_not_be_read(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    first = await messenger.send(ROOM, POSTING)
    discord.world.rooms["100"].lacks = {HISTORY}
    update = Posting("f" * 24, MESSAGE, parent=first, parent_message=replace(MESSAGE, title="Now"))
    await messenger.send(ROOM, update)
    assert "### ▲ Now" in str(stands(discord)[0]["components"])
    assert stands(discord)[1]["message_reference"] is None


async def test_a_thread_and_an_announcement_channel_take_alerts(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    discord.world.open("200", kind=ANNOUNCEMENT)
    discord.world.open("300", kind=THREAD, parent="100", archived=True)
    for number in ("200", "300"):
        await messenger.send(Channel("discord", number), POSTING)
        assert len(stands(discord, number)) == 1
    # A message wakes a thread that is archived but not locked.
    assert not discord.world.rooms["300"].archived


async def test_a_forum_gets_a_post_with_a_title_and_updates_go_into_it(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    tag = {"id": "5", "name": "news", "moderated": False}
    locked = {"id": "4", "name": "staff", "moderated": True}
    discord.world.open("400", kind=FORUM, wants_tag=True, tags=[locked, tag])
    forum = Channel("discord", "400")
    receipt = await messenger.send(forum, replace(POSTING, picture=PICTURE))
    thread = discord.world.rooms[receipt.thread]
    assert thread.name == f"▲ {MESSAGE.title}"
    assert thread.applied == ["5"]
    restarted = DiscordMessenger(TOKEN, discord.api)
    assert await restarted.find(forum, POSTING, since()) == receipt
    await restarted.close()
    update = Posting("f" * 24, MESSAGE, parent=receipt, parent_message=MESSAGE)
    second = await messenger.send(forum, update)
    assert second.thread == receipt.thread
    assert [each["id"] for each in thread.messages] == [receipt.id, second.id]


async def test_a_forum_post_is_found_by_its_mark_renamed_or_archived_pages_ago(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    discord.world.open("400", kind=FORUM)
    discord.world.page = 2
    forum = Channel("discord", "400")
    receipt = await messenger.send(forum, POSTING)
    for number in range(5):
        other = await messenger.send(forum, Posting(f"{number:024}", MESSAGE))
        room = discord.world.rooms[other.thread]
        room.archived, room.archived_at = True, time.time() - number
    post = discord.world.rooms[receipt.thread]
    post.name = "renamed by a moderator"
    assert await messenger.find(forum, POSTING, since()) == receipt
    post.archived, post.archived_at = True, time.time() - 10
    assert await messenger.find(forum, POSTING, since()) == receipt
    assert await messenger.find(forum, Posting("f" * 24, MESSAGE), since()) is None


@pytest.mark.parametrize("late", [0.0, 0.2])
async def test_a_forum_post_whose_answer_is_lost_stands_there_once(
    discord: LoopbackDiscord, messenger: DiscordMessenger, store: Store, late: float
) -> None:
    discord.world.open("400", kind=FORUM)
    discord.faults.append(Fault(path="/threads", accept=True, late=late, status=502))
    short = Timing(settle=timedelta(seconds=0.4), first_wait=timedelta(seconds=0.01), gaps={})
    works = Works(store.outbox, Composer(store), {("discord", EVERY): messenger}, short)
    room = Channel("discord", "400", tenant="800")
    assert await store.outbox.add(Delivery(ID, room.key, message=MESSAGE))
    assert await drain(works) == 1
    posts = [each for each in discord.world.rooms.values() if each.parent == "400"]
    assert len(posts) == len(discord.asked("POST", "/threads")) == 1


async def test_a_channel_that_did_not_say_what_it_is_is_asked_again(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    discord.world.open("400", kind=FORUM)
    discord.faults.append(Fault(method="GET", path="/channels/400", status=200, body="null"))
    forum = Channel("discord", "400")
    assert await messenger.same_id(forum, POSTING) == timedelta(0)
    assert (await messenger.send(forum, POSTING)).thread


async def test_an_update_whose_thread_is_locked_becomes_a_message_of_its_own(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    discord.world.open("300", kind=THREAD, parent="100", archived=True, locked=True)
    update = replace(POSTING, parent=Receipt("1", "300"), parent_message=MESSAGE)
    assert (await messenger.send(ROOM, update)).thread == ""
    assert len(stands(discord)) == 1


FAULTS = [
    Fault(accept=True),
    Fault(accept=True, hang=True),
    Fault(accept=True, status=500, body={"message": "500: Internal Server Error", "code": 0}),
    Fault(accept=True, status=502, body="<html>Bad Gateway</html>"),
    Fault(accept=True, status=503, body=""),
    Fault(accept=True, status=200, body="<html>hello</html>"),
    Fault(accept=True, status=200, body={}),
    Fault(accept=True, late=0.1),
    Fault(),
    Fault(status=504, body=""),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.status}-{fault.accept}")
async def test_what_may_have_arrived_is_in_doubt_asked_once_and_never_doubled(
    discord: LoopbackDiscord, messenger: DiscordMessenger, fault: Fault
) -> None:
    discord.faults = [replace(fault)]
    error = await refused(messenger)
    assert error.fate is Fate.UNKNOWN
    assert len(discord.asked("POST")) == 1
    await messenger.send(ROOM, POSTING)
    assert len(stands(discord)) == 1


async def test_long_after_a_message_is_found_by_what_only_it_bears(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    discord.faults = [Fault(accept=True)]
    began = datetime.now(UTC)
    await refused(messenger)
    for number in range(250):
        discord.world.say(discord.world.rooms["100"], f"talk {number}")
    assert all("nonce" not in message for message in stands(discord))
    found = await messenger.find(ROOM, POSTING, began)
    assert found == Receipt(stands(discord)[0]["id"])
    assert await messenger.find(ROOM, replace(POSTING, id="other"), began) is None


async def test_a_history_that_is_hidden_is_not_taken_for_empty(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    assert await messenger.find(ROOM, POSTING, since()) is None
    await messenger.send(ROOM, POSTING)
    discord.world.rooms["100"].lacks = {HISTORY}
    with pytest.raises(DeliveryError, match="Read Message History") as caught:
        await messenger.find(ROOM, POSTING, since())
    assert caught.value.fate is Fate.CHANNEL


@pytest.mark.parametrize("lacks", [VIEW, SEND])
async def test_a_forbidden_channel_is_left_at_once(
    discord: LoopbackDiscord, messenger: DiscordMessenger, lacks: str
) -> None:
    discord.world.rooms["100"].lacks = {lacks}
    error = await refused(messenger)
    assert error.fate is Fate.CHANNEL
    assert "give it View Channel" in error.reason.replace("Give", "give")
    assert len(discord.calls) == 1
    # It may be the picture alone that is forbidden: one more call tells.
    await refused(messenger, replace(POSTING, picture=PICTURE))
    assert len(discord.calls) <= 3
    asked = len(discord.calls)
    await refused(messenger, replace(POSTING, parent=Receipt("1"), parent_message=MESSAGE))
    assert len(discord.calls) - asked <= 2


async def test_a_channel_that_is_gone_or_locked_is_left_at_once(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    discord.world.open("300", kind=THREAD, parent="100", locked=True)
    for number in ("300", "999"):
        error = await refused(messenger, channel=Channel("discord", number))
        assert error.fate is Fate.CHANNEL
    assert len(discord.calls) == 2


async def test_a_revoked_token_stops_the_platform_and_is_not_shown(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    discord.token = "another"  # noqa: S105  # opens nothing
    error = await refused(messenger)
    assert error.fate is Fate.PLATFORM
    assert "DISCORD_BOT_TOKEN" in error.reason
    assert len(discord.calls) == 1


async def test_limits_say_when_to_come_again_and_nothing_sleeps(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    discord.faults = [limited(64.57), limited(5.0, everywhere=True)]
    route, everywhere = await refused(messenger), await refused(messenger)
    assert (route.fate, route.retry_after) == (Fate.AGAIN, 64.57)
    assert (everywhere.fate, everywhere.retry_after) == (Fate.PLATFORM, 5.0)
    assert len(discord.calls) == 2


async def test_every_call_has_its_turn_and_the_first_posting_has_waited_for_it_before(
    discord: LoopbackDiscord,
) -> None:
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(discord.calls))

    messenger = DiscordMessenger(TOKEN, discord.api, turn=turn)
    first = await messenger.send(ROOM, POSTING)
    assert turns == []
    update = Posting("f" * 24, MESSAGE, parent=first, parent_message=MESSAGE)
    await messenger.send(ROOM, update)
    await messenger.find(ROOM, update, since())
    await messenger.close()
    # What is looked at, edited and looked for; both times the message itself has waited.
    assert len(discord.calls) == 5
    assert turns == [1, 2, 4]


async def test_a_bucket_that_is_empty_is_not_asked() -> None:
    async with LoopbackDiscord(limit=(2, 30.0)) as discord:
        discord.world.open("100")
        discord.world.open("200")
        messenger = DiscordMessenger(TOKEN, discord.api)
        for number in range(2):
            await messenger.send(ROOM, replace(POSTING, id=str(number)))
        error = await refused(messenger)
        assert error.fate is Fate.AGAIN
        assert 28 < (error.retry_after or 0) <= 30
        await messenger.send(Channel("discord", "200"), POSTING)
        assert len(discord.calls) == 3
        await messenger.close()


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        (400, {"code": 50035, "message": "Invalid Form Body"}, Fate.NEVER),
        (400, {"code": 200000, "message": "Blocked"}, Fate.NEVER),
        (400, {"code": 240000, "message": "Blocked"}, Fate.NEVER),
        (413, {"code": 40005, "message": "Request entity too large"}, Fate.NEVER),
        (400, {"code": 30007, "message": "Maximum number of webhooks reached"}, Fate.NEVER),
        (400, {"code": 50083, "message": "Thread is archived"}, Fate.CHANNEL),
        (404, {"code": 0, "message": "404: Not Found"}, Fate.CHANNEL),
        (403, {"code": 20029, "message": "Limited"}, Fate.AGAIN),
        (404, "<html>not here</html>", Fate.PLATFORM),
        (403, "error code: 1010", Fate.PLATFORM),
        (429, "<html>banned</html>", Fate.PLATFORM),
        (302, "", Fate.PLATFORM),
    ],
)
async def test_every_refusal_has_its_fate_and_a_sentence_that_says_what_to_do(
    discord: LoopbackDiscord,
    messenger: DiscordMessenger,
    status: int,
    body: Json | str,
    fate: Fate,
) -> None:
    discord.faults = [Fault(status=status, body=body, times=None)]
    error = await refused(messenger)
    assert error.fate is fate
    assert error.reason.startswith("Discord channel 100: it answered ")
    assert stands(discord) == []


async def test_a_server_out_of_reach_has_got_nothing(discord: LoopbackDiscord) -> None:
    messenger = DiscordMessenger(TOKEN, "http://127.0.0.1:9/api/v10")
    error = await refused(messenger)
    assert error.fate is Fate.AGAIN
    assert discord.calls == []
    await messenger.close()


async def test_what_is_no_channel_id_is_not_asked_for(
    discord: LoopbackDiscord, messenger: DiscordMessenger
) -> None:
    error = await refused(messenger, channel=Channel("discord", "../users/@me"))
    assert error.fate is Fate.CHANNEL
    assert "Copy Channel ID" in error.reason
    assert discord.calls == []


async def test_no_log_error_or_repr_shows_the_token(
    discord: LoopbackDiscord, messenger: DiscordMessenger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echoed = {"code": 50035, "message": f"no {TOKEN}"}
    discord.faults = [*(replace(fault) for fault in FAULTS), Fault(status=400, body=echoed)]
    errors = [await refused(messenger) for _ in FAULTS]
    discord.faults.append(Fault(status=400, body=echoed))
    errors.append(await refused(messenger))
    await messenger.send(ROOM, POSTING)
    texts = [caplog.text, repr(messenger), repr(vars(messenger))]
    for error in errors:
        texts += [str(error), repr(error), repr(error.__cause__), error.reason]
    assert not [text for text in texts if TOKEN in text]
