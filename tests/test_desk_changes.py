"""What a person changes in a channel, as they read it on a terminal, in Slack and in Discord."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.channel import Channel
from bot.chat.discord.answers import answered
from bot.chat.slack.answers import answer_blocks
from bot.desk import Answer, Asker, Desk, QuestionError, Refused
from bot.desk.packs import PACKS
from bot.rules import parse_rule
from bot.store.store import Store
from bot.subscriptions import How
from detectors.labs import Labs
from detectors.shift import Severity
from tests.discord_schema import check_message, components_of
from tests.golden_files import check_golden
from tests.looks import days, look_all, watching
from tests.slack_blocks import faults_of
from tests.world import Row, day

ROOM = Channel("slack", "C024BE91L")
TOP = "top 2 by trending in all confirm 1 of 1"
FIRST = "top 1 by trending in all confirm 1 of 1"
OLD: Sequence[Row] = ("Qwen/Qwen3-8B", "zai-org/GLM-5", "google/gemma-4", "jack/Thing-7B-GGUF")
NEW: Sequence[Row] = ("deepseek-ai/DeepSeek-V4", "Qwen/Qwen3-8B", *OLD[1:])


@dataclass
class Talk:
    """A channel in which people talk to the desk; `now` moves on when the story does."""

    desk: Desk
    store: Store
    now: datetime
    said: list[str] = field(default_factory=list)

    async def type(self, line: str, *, user: str = "", may: bool = True) -> Answer:
        """Let somebody type a line."""
        return await self.desk.answer(line, Asker(ROOM, user, may, "#open-models"))

    async def says(self, line: str, *, may: bool = True) -> str:
        """Return what a terminal would show of the answer."""
        return (await self.type(line, may=may)).text


@pytest.fixture
async def talk(store: Store, labs: Labs) -> Talk:
    """Return a channel that the operator has named, three weeks into the first history."""
    lists = [OLD] * 6 + [NEW] * 8 + [OLD] * 7
    await look_all(watching(store, labs, TOP, FIRST), days(*lists))
    return at_desk(store, labs, day(21, 12))


def at_desk(store: Store, labs: Labs, now: datetime) -> Talk:
    rules = [parse_rule(line, labs) for line in (TOP, FIRST)]
    found = Talk(Desk(store, labs, lambda: found.now, first=[ROOM], rules=rules), store, now)
    return found


STORY = {
    "watches_given": "watches",
    "watch": "watch top 3 by trending in all thread include Qwen, “Mistral AI” exclude word gguf",
    "watch_changed": f"watch {FIRST} major+",
    "watches": "watches",
    "preview": f"preview {TOP} exclude country “United States”",
    "mute": "mute 7d 4",
    "mute_all": "mute 12h",
    "watches_muted": "watches",
    "unmute": "unmute",
    "unwatch": "unwatch 1",
    "settings_zone": "settings zone Europe/Berlin",
    "settings_quiet": "settings quiet 22-7",
    "settings_digest": "settings digest friday 17",
    "settings_floor": "settings floor major",
    "settings": "settings",
    "pack": "watch pack newsroom digest",
    "unwatch_pack": "unwatch pack newsroom",
    "test": "test",
    "help": "help",
    "help_watch": "help watch",
    "help_packs": "help packs",
    "help_filters": "help filters",
    "help_settings": "help settings",
}


async def test_a_channel_is_set_up_in_these_words_on_every_platform(talk: Talk) -> None:
    for name, line in STORY.items():
        found = await talk.type(line)
        check_golden(f"desk_{name}", f"> {line}\n{found.text}")
        blocks = answer_blocks(found)
        assert faults_of(blocks, lambda _: True) == []
        check_golden(f"slack_desk_{name}", json.dumps(blocks, ensure_ascii=False, indent=1))
        payload = answered(found)
        check_message(payload, {})
        parts = components_of(payload["components"])
        shown = "\n".join(part["content"] for part in parts if "content" in part)
        check_golden(f"discord_desk_{name}", shown)


async def test_a_new_watch_starts_quiet_and_is_told_what_comes_after_it(
    talk: Talk, labs: Labs
) -> None:
    begun = await talk.says("watch top 3 by trending in all confirm 1 of 1 info+")
    assert "is no news: Qwen/Qwen3-8B" in " ".join(begun.split())
    assert "starts quiet: waits for its first look" in await talk.says("watches")
    watch = watching(talk.store, labs, TOP)
    await look_all(watch, days(OLD, (*OLD[:2], OLD[3], OLD[2]), first=22))
    told = {shift.key for _, shifts in await talk.store.waiting(ROOM) for shift in shifts}
    assert told == {"jack/Thing-7B-GGUF", "google/gemma-4"}
    assert "listening; 3 hold now" in await talk.says("watches")


async def test_a_watch_is_kept_with_all_that_was_said_of_it(talk: Talk) -> None:
    await talk.type(STORY["watch"], user="U7")
    found = (await talk.store.subscriptions.of(ROOM))[-1]
    assert (found.rule, found.how, found.floor) == ("top 3 by trending in all", How.THREAD, None)
    assert found.include == ("lab Qwen", "lab Mistral AI")
    assert (found.exclude, found.by, found.since) == (("word gguf",), "U7", talk.now)


async def test_every_change_can_be_undone_by_the_line_it_names(talk: Talk) -> None:
    lines = [STORY["watch"], f"watch {FIRST} digest", "unwatch 1", "mute 7d 2", "mute 1d"]
    lines += ["settings quiet 22-7", "settings zone Asia/Tokyo", "settings digest off"]
    lines += ["settings floor info", "watch pack investor"]
    for line in lines:
        before = await talk.says("watches"), await talk.says("settings")
        found = await talk.type(line)
        assert found.lasts
        assert (await talk.says("watches"), await talk.says("settings")) != before
        await talk.type(found.closing.replace("\n", " ").split("`")[1])
        assert (await talk.says("watches"), await talk.says("settings")) == before


@pytest.mark.parametrize(
    ("line", "name", "shown"),
    [
        ("settings quiet 22:30 – 07:15", "quiet", "22:30 to 07:15, in which alerts wait"),
        ("settings quiet 10pm-7am", "quiet", "22:00 to 07:00, in which alerts wait"),
        ("settings quiet hours 24 to 6", "quiet", "00:00 to 06:00, in which alerts wait"),
        ("settings digest Fri 5pm", "digest", "Fridays at 17:00"),
        ("settings digest day tuesday", "digest", "Tuesdays at 9:00"),
        ("settings hour 12am", "digest", "Mondays at 0:00"),
        ("settings digest on sundays at 8:00", "digest", "Sundays at 8:00"),
        ("settings digest off", "digest", "off"),
        ("settings timezone new york", "zone", "America/New_York, where it is 07:00 now"),
        ("settings severity info+", "floor", "info: what weighs less waits for the digest"),
    ],
)
async def test_a_setting_is_read_as_people_write_it(
    line: str, name: str, shown: str, talk: Talk
) -> None:
    assert f"Now: {shown}" in await talk.says(line)
    assert f"{name:<7} {shown}" in await talk.says("settings")


@pytest.mark.parametrize("quoted", ["‘Mistral AI’", "‹Mistral AI›", "“Mistral AI”", "'Mistral AI'"])
async def test_every_pair_of_quotes_is_accepted(quoted: str, talk: Talk) -> None:
    await talk.type(f"watch top 3 by likes in all include {quoted}, country „United States“")
    made = (await talk.store.subscriptions.of(ROOM))[0]
    assert made.include == ("lab Mistral AI", "country United States")


async def test_who_may_not_configure_may_look_and_changes_nothing(talk: Talk) -> None:
    before = await talk.says("watches"), await talk.says("settings")
    changes = ["watch top 5 by likes in all", "watch pack policy", "unwatch 1", "unwatch all"]
    changes += ["unwatch pack policy", "mute 7d", "mute 7d 1", "unmute", "test"]
    changes += ["settings zone UTC", "settings quiet off", "settings digest on"]
    for line in changes:
        with pytest.raises(Refused, match="Only who may configure this channel") as refused:
            await talk.type(line, may=False)
        assert line in str(refused.value)
    for line in ("watches", "settings", f"preview {TOP}", "help"):
        await talk.type(line, may=False)
    assert (await talk.says("watches"), await talk.says("settings")) == before
    assert await talk.store.waiting(ROOM) == []


BAD = {
    "watch": "say which rule",
    "watch thread": "say which rule",
    "watch top 10 by treding": 'Did you mean "trending"?',
    "watch top 10 by likes often": "",
    "watch top 10 by likes thread digest": "keep one",
    "watch top 10 by likes include": "nothing stands after include",
    "watch top 10 by likes include exclude Qwen": "nothing stands after include",
    "watch top 10 by likes include , ,": "that names nothing",
    "watch top 10 by likes include “”": "that names nothing",
    "watch top 10 by likes include “Qwen": "a quotation mark stands alone",
    "watch top 10 by likes include everything": "is no name",
    "watch top 10 by likes include *": "that names nothing",
    "watch top 10 by likes include Chna": 'Did you mean "China"?',
    "watch top 10 by likes include lab Narnia": 'no lab is called "Narnia"',
    "watch top 10 by likes include Qwen Meta": "commas set names apart",
    "watch pack nwsroom": 'Did you mean "newsroom"?',
    "unwatch": "say which",
    "unwatch 9": "watches are numbered 1 to 3",
    "unwatch 99999999999999999999": "watches are numbered 1 to 3",
    "unwatch top 9 by likes in all": "is not watched in #open-models",
    "mute": "say for how long",
    "mute 7": "a mute has an end",
    "mute 0d": "a mute has an end",
    "mute 999d": "a mute has an end",
    "mute 7d top 9 by likes in all": "is not watched in #open-models",
    "unmute": "Nothing is muted",
    "unmute 1": "This watch is not muted",
    "settings zone Berln": 'Did you mean "Europe/Berlin"?',
    "settings quiet": "say what quiet is to be",
    "settings quiet 22": "two times of the day",
    "settings quiet 25-7": "no time of the day",
    "settings quiet 13pm-7am": "no time of the day",
    "settings quiet 7-7": "no hours at all",
    "settings digest someday": "a day and a full hour",
    "settings digest friday 9:30": "a day and a full hour",
    "settings floor mjor": 'Did you mean "major"?',
    "settings volume 11": "is not known here",
    "wacth top 10": 'Did you mean "watch"?',
    "preview source": "nothing can be tried",
    "watches please": 'the line ends before "please"',
}


@pytest.mark.parametrize("line", BAD)
async def test_what_cannot_be_done_says_what_to_type_and_changes_nothing(
    line: str, talk: Talk
) -> None:
    before = await talk.says("watches"), await talk.says("settings")
    with pytest.raises((QuestionError, Refused)) as caught:
        await talk.type(line)
    assert BAD[line] in str(caught.value)
    assert (await talk.says("watches"), await talk.says("settings")) == before


async def test_a_mute_ends_by_itself(talk: Talk) -> None:
    await talk.type("mute 7d")
    assert "muted with the channel until" in await talk.says("watches")
    talk.now += timedelta(days=7, seconds=1)
    assert "muted" not in (await talk.says("watches")).replace("`mute 7d N`", "")


async def test_tuning_shows_a_watch_beside_its_neighbours_and_saving_changes_it(talk: Talk) -> None:
    asker = Asker(ROOM, "U1", may_configure=True)
    found = await talk.desk.tuning(TOP, asker)
    assert [each.rule for each in found.settings if each.own] == [TOP]
    assert {each.often for each in found.settings} == {
        "about 0.7 alerts a week",
        "one alert in 3 weeks",
    }
    assert found.closing == "Tried on 21 looks, 1 January 2026 to 21 January 2026."
    await talk.type(f"watch {TOP} thread major+ include China")
    wider = TOP.replace("top 2", "top 3")
    saved = await talk.desk.retune(TOP, wider, asker)
    assert saved.lasts
    assert saved.title == f"Tuned in this channel: {wider}"
    held = {each.rule: each for each in await talk.store.subscriptions.of(ROOM)}
    assert held[TOP].off
    assert (held[wider].how, held[wider].floor) == (How.THREAD, Severity.MAJOR)
    assert held[wider].include == ("country China",)


async def test_a_modal_of_a_watch_that_is_gone_is_answered_kindly(talk: Talk) -> None:
    asker = Asker(ROOM, "U1", may_configure=True)
    await talk.type("unwatch 1")
    for coming in (talk.desk.tuning(TOP, asker), talk.desk.retune(TOP, FIRST, asker)):
        with pytest.raises(Refused, match="is not watched in this channel, or no longer"):
            await coming
    with pytest.raises(Refused, match="is watched in this channel already"):
        await talk.desk.retune("source", FIRST, asker)
    with pytest.raises(QuestionError, match="Did you mean"):
        await talk.desk.retune(FIRST, "top 3 by trending in al", asker)
    with pytest.raises(Refused, match="Only who may configure"):
        await talk.desk.retune(FIRST, TOP, Asker(ROOM, "U2"))


async def test_watches_say_what_holds_alerts_up(talk: Talk) -> None:
    assert "Quiet hours" not in await talk.says("watches")
    await talk.type("settings quiet 11-14")
    assert "alerts wait until 21 January 2026, 14:00 UTC." in await talk.says("watches")
    await talk.type("test")
    for claim in await talk.store.outbox.claim(["slack"], 1, timedelta(minutes=1)):
        await talk.store.outbox.suspend(claim, "the channel is archived")
    assert "Nothing is sent to it at present: the channel is archived" in await talk.says("watches")


@pytest.mark.parametrize("pack", PACKS)
async def test_each_rule_of_a_pack_is_watched_as_it_is_written_with_its_reason(
    pack: str, talk: Talk
) -> None:
    text = await talk.says(f"watch pack {pack}")
    watched = {each.rule for each in await talk.store.subscriptions.of(ROOM)}
    assert watched == {rule for rule, _ in PACKS[pack].rules}
    assert all(reason in text for _, reason in PACKS[pack].rules)
    again = await talk.type(f"watch pack {pack}")
    assert (again.lasts, "0 new rules" in again.title) == (False, True)


async def test_no_channel_watches_without_end(talk: Talk) -> None:
    for number in range(2, 99):
        await talk.type(f"watch top {number} by likes in all")
    with pytest.raises(Refused, match="100 watches are the most"):
        await talk.type("watch top 102 by likes in all")
    await talk.type("watch top 50 by likes in all digest")
    assert faults_of(answer_blocks(await talk.type("watches")), lambda _: True) == []


async def test_home_shows_channels_at_a_glance(talk: Talk) -> None:
    await talk.type("settings quiet 22-7")
    await talk.type("mute 7d")
    other = Channel("slack", "C9")
    home = await talk.desk.home(Asker(ROOM, "U1"), [ROOM, other])
    first, second = home.rooms
    assert [rule for rule, _, _ in first.watches] == [TOP, FIRST, "source"]
    assert first.muted == "until 28 January 2026, 12:00 UTC"
    assert dict(first.settings)["quiet"] == "22:00 to 07:00, in which alerts wait"
    assert first.shifts[0][1].startswith("DeepSeek-V4 (DeepSeek, China) falls from first")
    assert await talk.desk.rule_of(first.shifts[0][2]) in {TOP, FIRST}
    assert (second.watches, second.muted, second.shifts) == ((), "", ())


async def test_a_tenant_that_has_gone_is_forgotten_whole_and_no_other(
    talk: Talk, store: Store
) -> None:
    gone, stays = Channel("discord", "1", "G1"), Channel("discord", "1", "G11")
    for channel in (gone, stays):
        asker = Asker(channel, may_configure=True)
        for line in ("watch pack newsroom", "mute 7d 1", "settings quiet 22-7", "test"):
            await talk.desk.answer(line, asker)
    for claim in await store.outbox.claim(["discord"], 10, timedelta(0)):
        await store.outbox.suspend(claim, "the channel is gone")
    assert await talk.desk.tenants("discord") == ["G1", "G11"]
    assert len(await store.office.notices()) == 2
    assert await talk.desk.forget("discord", "G1") == 1
    assert await talk.desk.forget("discord", "G1") == 0
    assert await talk.desk.tenants("discord") == ["G11"]
    assert [each.about for each in await store.office.notices()] == [stays.shown]
    assert await store.outbox.resume_channel(stays)
    assert await store.subscriptions.of(gone) == []
    assert len(await store.subscriptions.of(stays)) == 5
    assert len(await store.office.waiting(stays)) == 1
    lent = await store.outbox.claim(["discord"], 10, timedelta(seconds=5))
    assert [claim.channel for claim in lent] == [stays]
    assert len(await store.subscriptions.rules()) == 5
