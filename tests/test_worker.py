"""Workers on a real store: pace, order of weight, updates, tenants, suspension, what was missed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.channel import EVERY, Channel
from bot.chat.base import DeliveryError, Fate, Messenger, Posting, Receipt
from bot.delivery import Delivery, Form, Lane
from bot.dispatch import Composer, Timing, Worker, Works
from bot.owner import NoSuchDelivery, dropped, listed, resumed, retried
from bot.render.sample import sample_message
from bot.store.connect import Connection
from bot.store.errors import StoreError
from bot.store.store import Store
from detectors.labs import Labs
from tests.looks import CHANNEL, FEW, RISEN, Forgetful, days, look_all, watching, working
from tests.world import day

ROOM = Channel("slack", "C1")
PLATFORMS = ("console", "discord", "slack")
QUICK = Timing(
    settle=timedelta(0),
    poll=timedelta(seconds=0.01),
    first_wait=timedelta(seconds=0.01),
    paces={},
    gaps={},
)


@dataclass
class Team(Forgetful):
    """A Messenger of one workspace, with everything it was given to post."""

    platform: str = "slack"
    workspace: str = ""
    posts: list[tuple[float, Channel, Posting]] = field(default_factory=list)
    troubles: list[DeliveryError] = field(default_factory=list)
    calls: int = 0

    async def send(self, channel: Channel, posting: Posting, /) -> Receipt:
        self.calls += 1
        if self.troubles:
            raise self.troubles.pop(0)
        self.posts.append((asyncio.get_running_loop().time(), channel, posting))
        return Receipt(f"{self.workspace}-{len(self.posts)}")

    @property
    def titles(self) -> list[str]:
        return [posting.message.title for _, _, posting in self.posts]


def works(store: Store, *teams: Team, timing: Timing = QUICK) -> Works:
    desk: dict[tuple[str, str], Messenger] = {
        (each.platform, each.workspace): each for each in teams
    }
    return Works(store.outbox, Composer(store), desk, timing)


async def add(store: Store, channel: Channel, *names: str, lane: Lane = Lane.ALERT) -> None:
    for name in names:
        message = replace(sample_message(day(1), "A test asked"), title=name)
        told = Delivery(name, channel.key, form=Form.MESSAGE, lane=lane, message=message)
        assert await store.outbox.add(told)


async def _nothing_due(of: Works) -> None:
    due = await of.outbox.next_due(PLATFORMS)
    if due is not None:
        await asyncio.sleep(max(0.005, min(due.total_seconds(), 0.05)))
        await _nothing_due(of)


async def work_off(*all_works: Works) -> None:
    """Run one worker for each until nothing is due."""
    stop = asyncio.Event()
    workers = [asyncio.create_task(Worker(each).run(stop)) for each in all_works]
    async with asyncio.timeout(10):
        await _nothing_due(all_works[0])
    stop.set()
    await asyncio.gather(*workers)


async def test_two_workers_tell_each_message_once_and_each_channel_in_order(store: Store) -> None:
    rooms = [Channel("slack", f"C{at}") for at in range(10)]
    names = [f"n{at}" for at in range(12)]
    for room in rooms:
        for name in names:
            await add(store, room, f"{name}-{room.address}")
    one, two = Team(), Team()
    await work_off(works(store, one), works(store, two))
    posts = sorted((*one.posts, *two.posts), key=lambda each: each[0])
    for room in rooms:
        told = [posting.id for _, channel, posting in posts if channel == room]
        assert told == [f"{name}-{room.address}" for name in names]


async def test_a_channel_that_is_slow_or_refuses_holds_up_no_other(store: Store) -> None:
    await add(store, ROOM, "stuck")
    team = Team(troubles=[DeliveryError("wait", fate=Fate.AGAIN, retry_after=0.5)])
    tasks = works(store, team)
    for claim in await store.outbox.claim(["slack"], 9, QUICK.lease):
        await tasks.work(claim)
    await add(store, Channel("slack", "C2"), "a", "b", "c")
    await work_off(tasks)
    assert team.titles == ["a", "b", "c", "stuck"]
    assert team.posts[-1][0] - team.posts[-2][0] > 0.2


async def test_a_channel_gets_its_messages_no_faster_than_its_pace(store: Store) -> None:
    await add(store, ROOM, "a", "b", "c")
    team = Team()
    pace = replace(QUICK, paces={"slack": timedelta(seconds=0.1)})
    await work_off(works(store, team, timing=pace))
    times = [at for at, _, _ in team.posts]
    assert all(later - earlier > 0.09 for earlier, later in pairwise(times))


async def test_a_platform_gets_no_more_than_its_budget_from_all_workers_together(
    store: Store,
) -> None:
    for at in range(20):
        await add(store, Channel("discord", str(at)), f"n{at}")
    gap = replace(QUICK, gaps={"discord": timedelta(seconds=0.02)})
    one, two = Team("discord"), Team("discord")
    await work_off(works(store, one, timing=gap), works(store, two, timing=gap))
    times = sorted(at for at, _, _ in (*one.posts, *two.posts))
    assert len(times) == 20
    assert times[-1] - times[0] > 19 * 0.02 - 0.02


async def test_calls_beside_the_sending_take_places_in_the_same_budget(store: Store) -> None:
    gap = timedelta(seconds=30)
    waits = [await store.outbox.turn("discord", gap) for _ in range(4)]
    assert waits == pytest.approx([0, 30, 60, 90], abs=5)
    assert await store.outbox.turn("slack", timedelta(0)) == 0


async def test_a_store_that_is_full_still_lets_what_waits_be_told_once(
    own: Connection, labs: Labs
) -> None:
    store = Store(own.client, labs)
    rooms = [Channel("slack", f"C{at}") for at in range(5)]
    for room in rooms:
        await add(store, room, f"a {room.address}", f"b {room.address}")
    team = Team()
    lost = DeliveryError("no answer", fate=Fate.UNKNOWN)
    team.troubles = [lost, lost]
    used = (await own.client.info("memory"))["used_memory"]
    await own.client.config_set("maxmemory", used)
    with pytest.raises(StoreError, match=r"full|memory"):
        await add(store, ROOM, "no room")
    await work_off(works(store, team))
    await own.client.config_set("maxmemory", 0)
    assert len(team.titles) == len(set(team.titles)) == 10


async def test_an_alert_is_told_before_what_can_wait(store: Store) -> None:
    await add(store, ROOM, "digest", lane=Lane.LATER)
    await add(store, ROOM, "alert")
    await add(store, Channel("slack", "C2"), "other digest", lane=Lane.LATER)
    team = Team()
    await work_off(works(store, team))
    assert team.titles.index("alert") < team.titles.index("digest")


async def test_a_message_leaves_with_the_token_of_its_own_workspace_and_no_other(
    store: Store,
) -> None:
    await add(store, Channel("slack", "C1", "T1"), "for one")
    await add(store, Channel("slack", "C1", "T2"), "for two")
    await add(store, Channel("slack", "C1", "T3"), "for nobody here")
    one, two = Team(workspace="T1"), Team(workspace="T2")
    tasks = works(store, one, two)
    for claim in await store.outbox.claim(["slack"], 9, QUICK.lease):
        await tasks.work(claim)
    assert (one.titles, two.titles) == (["for one"], ["for two"])
    (left,) = await store.office.waiting(Channel("slack", "C1", "T3"))
    assert left.reason == "there is no token for slack T3"


async def test_a_channel_that_is_gone_is_suspended_with_one_call_and_one_notice(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await add(store, ROOM, "a", "b", "c")
    team = Team(troubles=[DeliveryError("the channel is archived", fate=Fate.CHANNEL)])
    await work_off(works(store, team))
    assert team.calls == 1
    (notice,) = await store.office.notices()
    assert (notice.about, notice.text) == ("slack:C1", "the channel is archived")
    assert caplog.text.count("slack:C1 is suspended, what waits is kept") == 1
    await add(store, ROOM, "d")
    await work_off(works(store, team))
    assert team.calls == 1
    assert "suspended: the channel is archived" in await listed(store)
    assert await store.outbox.resume_channel(ROOM)
    await work_off(works(store, team))
    assert team.titles == ["a", "b", "c", "d"]


async def test_a_revoked_token_stops_its_platform_and_nothing_else_until_it_is_another(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for at in range(5):
        await add(store, Channel("slack", f"C{at}"), f"s{at}")
    await add(store, Channel("discord", "1"), "d")
    slack, discord = Team(), Team("discord")
    slack.troubles = [DeliveryError("the token is revoked", fate=Fate.PLATFORM)] * 5
    tasks = works(store, slack, discord)
    for claim in await store.outbox.claim(["slack", "discord"], 1, QUICK.lease):
        await tasks.work(claim)
    slack.troubles = []
    await work_off(tasks)
    assert (slack.calls, discord.titles) == (1, ["d"])
    assert "nothing more is sent by slack: the token is revoked" in caplog.text
    assert await store.outbox.resume("slack") == 5
    await work_off(tasks)
    assert sorted(slack.titles) == [f"s{at}" for at in range(5)]


async def test_one_token_for_every_tenant_stops_and_goes_on_for_all_of_them(store: Store) -> None:
    rooms = [Channel("discord", str(at), tenant=f"G{at}") for at in range(3)]
    for room in rooms:
        await add(store, room, f"to {room.address}")
    team = Team("discord", EVERY)
    team.troubles = [DeliveryError("the token is revoked", fate=Fate.PLATFORM)]
    tasks = works(store, team)
    for _ in range(4):
        for claim in await store.outbox.claim(["discord"], 1, QUICK.lease):
            await tasks.work(claim)
    assert team.calls == 1
    (notice,) = await store.office.notices()
    assert (notice.about, notice.text) == ("discord", "the token is revoked")
    assert "discord is stopped: the token is revoked" in await listed(store)
    assert (
        await resumed(store, "discord") == "discord is sent to again; 3 channels waited for that."
    )
    await work_off(tasks)
    assert sorted(team.titles) == ["to 0", "to 1", "to 2"]


async def test_a_platform_that_says_for_how_long_it_refuses_is_asked_again_after_that(
    store: Store,
) -> None:
    for at in range(3):
        await add(store, Channel("discord", str(at)), f"n{at}")
    team = Team("discord")
    team.troubles = [DeliveryError("used up", fate=Fate.PLATFORM, retry_after=0.2)]
    tasks = works(store, team)
    for claim in await store.outbox.claim(["discord"], 1, QUICK.lease):
        await tasks.work(claim)
    assert await store.outbox.claim(["discord"], 9, QUICK.lease) == []
    due = await store.outbox.next_due(["discord"])
    assert due is not None
    await asyncio.sleep(due.total_seconds() + 0.01)
    await work_off(tasks)
    assert sorted(team.titles) == ["n0", "n1", "n2"]
    assert team.posts[0][0] > 0.15


@pytest.mark.parametrize(("retry_after", "messages"), [(None, 1), (0.01, 6)])
async def test_a_channel_out_of_reach_for_long_gets_one_summary_and_one_merely_limited_is_told_each(
    store: Store, labs: Labs, retry_after: float | None, messages: int
) -> None:
    await look_all(watching(store, labs), days(FEW, RISEN, FEW, RISEN, FEW))
    soon = timedelta(seconds=0.01)
    outage = replace(QUICK, outage=timedelta(seconds=0.1), most_wait=soon)
    away = DeliveryError("not now", fate=Fate.AGAIN, retry_after=retry_after)
    team = Team("console", troubles=[away] * 30)
    await work_off(works(store, team, timing=outage))
    assert len(team.titles) == messages


async def test_the_owner_sees_tenants_and_resumes_one_of_them_or_all(store: Store) -> None:
    rooms = [Channel("slack", "C1", tenant) for tenant in ("", "T1", "T2")]
    for room in rooms:
        await add(store, room, f"for {room.tenant}")
    team = Team(troubles=[DeliveryError("it is archived", fate=Fate.CHANNEL)] * 3)
    tasks = Works(
        store.outbox,
        Composer(store),
        {("slack", room.tenant): team for room in rooms},
        QUICK,
    )
    await work_off(tasks)
    shown = await listed(store)
    assert "slack:C1@T1: 1 message waiting, suspended: it is archived" in shown
    assert "`hubshift outbox resume slack:C1@T1`" in shown
    assert "@T2" not in await listed(store, "slack:C1@T1")
    assert await resumed(store, "slack:C1@T1") == "slack:C1@T1 is sent to again."
    with pytest.raises(NoSuchDelivery, match="slack:C1@T1 is not suspended"):
        await resumed(store, "slack:C1@T1")
    assert await resumed(store, "slack:C1") == "slack:C1 and slack:C1@T2 are sent to again."
    with pytest.raises(NoSuchDelivery, match="nothing was ever sent to slack:C9"):
        await resumed(store, "slack:C9")
    await work_off(tasks)
    assert sorted(team.titles) == ["for ", "for T1", "for T2"]


async def test_a_dead_letter_is_listed_tried_again_and_dropped(store: Store) -> None:
    await add(store, ROOM, "a", "b")
    no = DeliveryError("it is too long", fate=Fate.NEVER)
    team = Team(troubles=[no, no, no])
    await work_off(works(store, team))
    assert [each.reason for each in await store.office.dead()] == ["it is too long"] * 2
    assert "dead letter a to slack:C1: it is too long" in await listed(store)
    assert await retried(store.office, "a") == "1 delivery will be tried again."
    await work_off(works(store, team))
    assert await dropped(store.office, "all") == "2 deliveries dropped."
    assert (await store.office.dead(), team.titles) == ([], [])


async def test_news_of_what_was_told_edit_that_message_and_go_into_its_thread(
    store: Store, labs: Labs
) -> None:
    watch = watching(store, labs, "top 1 by trending in all confirm 1 of 1")
    team = Team("console")
    for reading in days(FEW, ("lab/e", *FEW[:4]), FEW):
        await look_all(watch, [reading])
        await work_off(works(store, team))
    first, news = (posting for _, _, posting in team.posts)
    assert first.parent is None
    assert news.aloud
    assert news.parent == Receipt("-1")
    assert news.parent_message is not None
    assert news.message.title in news.parent_message.sentence


async def test_a_shift_that_has_ended_before_it_could_be_told_says_so(
    store: Store, labs: Labs
) -> None:
    await look_all(watching(store, labs), days(FEW, RISEN, FEW))
    team = Team("console")
    await work_off(works(store, team))
    assert team.titles[0].startswith("Over already: e (lab)")
    assert "This has ended meanwhile." in team.posts[0][2].message.sentence
    assert not any(title.startswith("Over already") for title in team.titles[2:])


async def missed(store: Store, labs: Labs, looks: Sequence[Sequence[str]]) -> Team:
    """Let a channel miss everything that some looks tell."""
    await look_all(watching(store, labs), days(*looks))
    await asyncio.sleep(0.02)
    team = Team("console")
    late = replace(QUICK, late=timedelta(seconds=0.01))
    await work_off(works(store, team, timing=late))
    return team


async def test_a_channel_that_missed_more_than_five_shifts_gets_one_summary(
    store: Store, labs: Labs
) -> None:
    team = await missed(store, labs, [FEW, RISEN, FEW, RISEN, FEW])
    (title,) = team.titles
    assert title == "6 alerts that could not be told in time"
    told = team.posts[0][2].message
    assert len(told.evidence) == 6
    assert len(told.shifts) == 6
    outcomes = [each.outcome for each in await store.office.log(CHANNEL)]
    assert outcomes == ["sent", *["folded"] * 6]


async def test_a_channel_that_missed_five_is_told_each(store: Store, labs: Labs) -> None:
    team = await missed(store, labs, [FEW, RISEN, FEW])
    assert len(team.titles) == 4


async def test_a_channel_that_is_merely_busy_is_told_each(store: Store, labs: Labs) -> None:
    await look_all(watching(store, labs), days(FEW, RISEN, FEW, RISEN, FEW))
    team = Team("console")
    await work_off(working(store, team))
    assert len(team.titles) == 6
