"""What a person changes in a channel, as they read it on a terminal, in Slack and in Discord."""

import json
from datetime import timedelta

import pytest

from bot.chat.discord.answers import answered
from bot.chat.slack.answers import answer_blocks
from bot.desk import Asker, QuestionError, Refused
from bot.desk.packs import PACKS
from bot.store.store import Store
from bot.subscriptions import How
from detectors.labs import Labs
from tests.desk_talk import FIRST, OLD, ROOM, TOP, Talk, at_desk, talking
from tests.discord_schema import check_message, components_of
from tests.golden_files import check_golden
from tests.looks import days, look_all, watching
from tests.slack_blocks import faults_of
from tests.world import day


@pytest.fixture
async def talk(store: Store, labs: Labs) -> Talk:
    return await talking(store, labs)


@pytest.fixture
def bare(store: Store, labs: Labs) -> Talk:
    """Return the same channel without a history, for what does not look at one."""
    return at_desk(store, labs, day(21, 12))


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


async def test_the_same_wish_twice_changes_nothing_and_says_so(bare: Talk) -> None:
    await bare.type(STORY["watch"])
    again = await bare.type(STORY["watch"])
    assert again.title == "As before in #open-models: top 3 by trending in all"
    assert not again.lasts
    assert len(await bare.store.subscriptions.of(ROOM)) == 1


async def test_a_mute_that_is_made_longer_began_when_it_began(bare: Talk) -> None:
    began = bare.now
    await bare.type("mute 7d")
    bare.now += timedelta(days=1)
    await bare.type("mute 14d")
    held = await bare.store.channel_settings.of(ROOM)
    assert (held.muted_from, held.muted_until) == (began, bare.now + timedelta(days=14))


async def test_every_change_can_be_undone_by_the_line_it_names(bare: Talk) -> None:
    lines = [STORY["watch"], f"watch {FIRST} digest", "unwatch 1", "mute 7d 2", "mute 1d"]
    lines += ["settings quiet 22-7", "settings zone Asia/Tokyo", "settings digest off"]
    lines += ["settings floor info", "watch pack investor"]
    for line in lines:
        before = await bare.says("watches"), await bare.says("settings")
        found = await bare.type(line)
        assert found.lasts
        assert (await bare.says("watches"), await bare.says("settings")) != before
        await bare.type(found.closing.replace("\n", " ").split("`")[1])
        assert (await bare.says("watches"), await bare.says("settings")) == before


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
    line: str, name: str, shown: str, bare: Talk
) -> None:
    assert f"Now: {shown}" in await bare.says(line)
    assert f"{name:<7} {shown}" in await bare.says("settings")


@pytest.mark.parametrize("quoted", ["‘Mistral AI’", "‹Mistral AI›", "“Mistral AI”", "'Mistral AI'"])
async def test_every_pair_of_quotes_is_accepted(quoted: str, bare: Talk) -> None:
    await bare.type(f"watch top 3 by likes in all include {quoted}, country „United States“")
    made = (await bare.store.subscriptions.of(ROOM))[0]
    assert made.include == ("lab Mistral AI", "country United States")


async def test_who_may_not_configure_may_look_and_changes_nothing(bare: Talk) -> None:
    before = await bare.says("watches"), await bare.says("settings")
    changes = ["watch top 5 by likes in all", "watch pack policy", "unwatch 1", "unwatch all"]
    changes += ["unwatch pack policy", "mute 7d", "mute 7d 1", "unmute", "test"]
    changes += ["settings zone UTC", "settings quiet off", "settings digest on"]
    for line in changes:
        with pytest.raises(Refused, match="Only those who may configure this channel") as refused:
            await bare.type(line, may=False)
        assert line in str(refused.value)
    for line in ("watches", "settings", f"preview {TOP}", "help"):
        await bare.type(line, may=False)
    assert (await bare.says("watches"), await bare.says("settings")) == before
    assert await bare.store.waiting(ROOM) == []


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
    line: str, bare: Talk
) -> None:
    before = await bare.says("watches"), await bare.says("settings")
    with pytest.raises((QuestionError, Refused)) as caught:
        await bare.type(line)
    assert BAD[line] in str(caught.value)
    assert (await bare.says("watches"), await bare.says("settings")) == before


async def test_a_mute_ends_by_itself(bare: Talk) -> None:
    await bare.type("mute 7d")
    assert "muted with the channel until" in await bare.says("watches")
    bare.now += timedelta(days=7, seconds=1)
    assert "muted" not in (await bare.says("watches")).replace("`mute 7d N`", "")


async def test_watches_say_what_holds_alerts_up(bare: Talk) -> None:
    assert "Quiet hours" not in await bare.says("watches")
    await bare.type("settings quiet 11-14")
    assert "alerts wait until 21 January 2026, 14:00 UTC." in await bare.says("watches")
    await bare.type("test")
    for claim in await bare.store.outbox.claim(["slack"], 1, timedelta(minutes=1)):
        await bare.store.outbox.suspend(claim, "the channel is archived")
    assert "Nothing is sent to it at present: the channel is archived" in await bare.says("watches")


async def suspended(bare: Talk) -> None:
    """Let Slack say that the channel is archived."""
    await bare.type("test")
    for claim in await bare.store.outbox.claim(["slack"], 1, timedelta(minutes=1)):
        await bare.store.outbox.suspend(claim, "the channel is archived")


@pytest.mark.parametrize("line", ["watch pack newsroom", "watch top 7 by likes in all", "watches"])
async def test_what_is_set_up_in_a_suspended_channel_says_what_lets_it_be_sent_to(
    bare: Talk, line: str
) -> None:
    assert "Nothing is sent" not in await bare.says(line)
    await suspended(bare)
    said = " ".join((await bare.says(line)).split())
    assert "Nothing is sent to it at present: the channel is archived." in said
    assert "once that is mended, `test` sends it again" in said


async def test_a_channel_is_sent_to_again_for_who_may_configure_it(bare: Talk) -> None:
    asker = Asker(ROOM, may_configure=True)
    assert list(await bare.desk.resume(asker)) == []
    await suspended(bare)
    with pytest.raises(Refused, match="may configure"):
        await bare.desk.resume(Asker(ROOM, "U1"))
    assert "until now: the channel is archived." in " ".join(await bare.desk.resume(asker))
    assert "Nothing is sent" not in await bare.says("watches")


async def test_a_test_lets_a_suspended_channel_be_tried_again(bare: Talk) -> None:
    await suspended(bare)
    bare.now += timedelta(minutes=1)
    assert "until now: the channel is archived. It is tried again" in " ".join(
        (await bare.says("test")).split()
    )
    assert "Nothing is sent" not in await bare.says("watches")
    assert await bare.store.outbox.claim(["slack"], 1, timedelta(minutes=1))


@pytest.mark.parametrize("pack", PACKS)
async def test_each_rule_of_a_pack_is_watched_as_it_is_written_with_its_reason(
    pack: str, bare: Talk
) -> None:
    text = await bare.says(f"watch pack {pack}")
    watched = {each.rule for each in await bare.store.subscriptions.of(ROOM)}
    assert watched == {rule for rule, _ in PACKS[pack].rules}
    assert all(reason in text for _, reason in PACKS[pack].rules)
    again = await bare.type(f"watch pack {pack}")
    assert (again.lasts, "0 new rules" in again.title) == (False, True)


async def test_no_channel_watches_without_end(bare: Talk) -> None:
    for number in range(2, 99):
        await bare.type(f"watch top {number} by likes in all")
    with pytest.raises(Refused, match="100 watches are the most"):
        await bare.type("watch top 102 by likes in all")
    await bare.type("watch top 50 by likes in all digest")
    assert faults_of(answer_blocks(await bare.type("watches")), lambda _: True) == []
