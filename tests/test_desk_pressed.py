"""What buttons and pages ask of the desk: tuning, a home, and that a tenant be forgotten."""

from datetime import timedelta

import pytest

from bot.channel import Channel
from bot.desk import Asker, QuestionError, Refused
from bot.store.store import Store
from bot.subscriptions import How
from detectors.labs import Labs
from detectors.shift import Severity
from tests.desk_talk import FIRST, ROOM, TOP, Talk, talking


@pytest.fixture
async def talk(store: Store, labs: Labs) -> Talk:
    return await talking(store, labs)


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
    with pytest.raises(Refused, match="Only those who may configure"):
        await talk.desk.retune(FIRST, TOP, Asker(ROOM, "U2"))


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
