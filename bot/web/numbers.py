"""What the store counts for all processes, as the families that Prometheus reads."""

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from bot.front import Front
from bot.store.outbox import Depth, Memory
from bot.store.store import Store
from bot.views import Note

_COUNTED = {
    "sent": "Messages that a platform has taken.",
    "retried": "Messages refused for now and tried again.",
    "unanswered": "Sends that got no answer, so that the message may be there.",
    "reconciled": "Unanswered sends that were found in the channel's history.",
    "resent": "Unanswered sends that were not there, and were sent again.",
    "suspected": "Messages sent again without a look at the history.",
    "duplicates": "Messages that stand twice in a channel.",
    "taken_back": "Messages that stood twice in a channel until one was taken back.",
    "muted": "Messages not told because the channel was muted while they waited.",
    "folded": "Messages told in one summary with others.",
    "lost": "Messages that the store no longer holds.",
    "suspended": "Channels suspended.",
    "stopped": "Platforms stopped.",
}


async def numbers(store: Store, fronts: Sequence[Front]) -> list[Metric]:
    """Return every family; StoreError where the store does not answer."""
    families: list[Metric] = [up(fronts, store=True)]
    families += _counted(await store.office.counters())
    families += _waiting(await store.depths.by_platform())
    families += _memory(await store.depths.memory())
    families += await _streams(store)
    families += [
        _gauge("hubshift_dead_letters", "Dead letters.", await store.depths.dead()),
        _gauge("hubshift_subscriptions", "Subscriptions.", await store.depths.subscriptions()),
        _gauge(
            "hubshift_cycle", "Looks committed since the store began.", (await store.state()).cycle
        ),
    ]
    return families


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def up(fronts: Sequence[Front], *, store: bool) -> Metric:
    """Return what works: the store, and each front that people can ask through."""
    family = GaugeMetricFamily("hubshift_up", "Whether a part of it works.", labels=("part",))
    family.add_metric(["store"], int(store))
    for front in fronts:
        family.add_metric([front.name], 0 if front.trouble else 1)
    return family


def _counted(counters: Mapping[str, int]) -> Iterator[Metric]:
    for name, what in _COUNTED.items():
        yield CounterMetricFamily(f"hubshift_deliveries_{name}", what, value=counters.get(name, 0))
    yield CounterMetricFamily(
        "hubshift_delivery_seconds",
        "Time from commit to receipt of all messages sent, added up; divide by those sent.",
        value=counters.get("sent_ms", 0) / 1000,
    )


def _waiting(depths: Mapping[str, Depth]) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "hubshift_waiting", "Messages that wait, by platform and lane.", labels=("platform", "lane")
    )
    channels = GaugeMetricFamily("hubshift_channels", "Channels.", labels=("platform",))
    suspended = GaugeMetricFamily(
        "hubshift_channels_suspended", "Channels suspended now.", labels=("platform",)
    )
    oldest = GaugeMetricFamily(
        "hubshift_oldest_waiting_timestamp_seconds",
        "When the message that waits longest was added; absent where none waits.",
        labels=("platform",),
    )
    for platform, depth in sorted(depths.items()):
        for lane, count in depth.waiting.items():
            waiting.add_metric([platform, lane.value], count)
        channels.add_metric([platform], depth.channels)
        suspended.add_metric([platform], depth.suspended)
        if depth.oldest is not None:
            oldest.add_metric([platform], depth.oldest)
    yield from (waiting, channels, suspended, oldest)


def _memory(memory: Memory) -> Iterator[Metric]:
    yield _gauge("hubshift_store_bytes", "Memory that the store uses.", memory.used)
    if memory.most is not None:
        yield _gauge("hubshift_store_most_bytes", "Memory that the store may use.", memory.most)


async def _streams(store: Store) -> Sequence[Metric]:
    held = GaugeMetricFamily("hubshift_snapshots", "Snapshots held.", labels=("stream",))
    taken = GaugeMetricFamily(
        "hubshift_snapshot_timestamp_seconds",
        "When the last snapshot was taken, admitted or withheld.",
        labels=("stream",),
    )
    good = GaugeMetricFamily(
        "hubshift_admitted_timestamp_seconds",
        "When the last admitted snapshot was taken.",
        labels=("stream",),
    )
    models = GaugeMetricFamily(
        "hubshift_models", "Models in the last admitted snapshot.", labels=("stream",)
    )
    trouble = GaugeMetricFamily(
        "hubshift_source_trouble",
        "Always 1: this stream of the Hub is in trouble, for this reason.",
        labels=("stream", "reason"),
    )
    for stream, reason in sorted((await store.state()).trouble.items()):
        trouble.add_metric([stream, reason], 1)
    for stream in await store.streams():
        held.add_metric([stream], await store.noted.count(stream))
        last: Note | None = await store.noted.last(stream)
        admitted = await store.noted.last(stream, good=True)
        if last is not None:
            taken.add_metric([stream], last.taken_at.timestamp())
        if admitted is not None:
            good.add_metric([stream], admitted.taken_at.timestamp())
            models.add_metric([stream], admitted.rows)
    return held, taken, good, models, trouble
