"""How long a delivery may take, and how fast each platform takes messages."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.channel import DISCORD, SLACK

_NONE = timedelta(0)
# https://docs.slack.dev/apis/web-api/rate-limits: about one message a second and channel.
_PACE = {SLACK: timedelta(seconds=1)}
# https://discord.com/developers/docs/topics/rate-limits: 50 requests a second in all; what comes
# evenly, a little slower than that, is never 51 within a second.
_GAP = {DISCORD: timedelta(seconds=1) / 49}


@dataclass(frozen=True)
class Timing:
    """Times of the protocol; tests shorten them together.

    `lease` is how long a worker may keep a delivery, `settle` how long an unanswered message may
    take to show up in a channel's history, `timeout` how long one call may take, `poll` how often
    an idle worker looks. A refused delivery is tried again after `first_wait`, twice that and so
    on up to `most_wait`, and given up after `patience`. What waited longer than `late` was missed,
    and so was what waited while a channel was out of reach for `outage` or longer.
    """

    lease: timedelta = timedelta(seconds=60)
    settle: timedelta = timedelta(seconds=30)
    timeout: timedelta = timedelta(seconds=50)
    poll: timedelta = timedelta(seconds=0.25)
    first_wait: timedelta = timedelta(seconds=1)
    most_wait: timedelta = timedelta(minutes=5)
    patience: timedelta = timedelta(days=3)
    late: timedelta = timedelta(minutes=5)
    outage: timedelta = timedelta(minutes=1)
    hours: bool = True
    """Whether the mutes and quiet hours of channels are kept by the store's clock."""
    turn: timedelta = timedelta(seconds=2)
    """How long an alert waits for its place in a platform's budget before it is given back."""
    later_turn: timedelta = timedelta(seconds=0.1)
    """The same of what is no alert, so that an alert never queues behind it."""
    paces: dict[str, timedelta] = field(default_factory=lambda: dict(_PACE))
    gaps: dict[str, timedelta] = field(default_factory=lambda: dict(_GAP))

    def __post_init__(self) -> None:
        if self.timeout + self.turn >= self.lease:
            raise ValueError(
                f"a lease of {self.lease.total_seconds():g} s is over before a call of "
                f"{self.timeout.total_seconds():g} s that waited {self.turn.total_seconds():g} s "
                "for its turn; make the lease longer"
            )

    def wait(self, tries: int) -> timedelta:
        """Return the time before the next try, after so many that failed."""
        return min(self.first_wait * (1 << min(tries, 30)), self.most_wait)

    def pace(self, platform: str) -> timedelta:
        """Return the least time between two messages of one channel."""
        return self.paces.get(platform, _NONE)

    def gap(self, platform: str) -> timedelta:
        """Return the least time between two messages of a platform, all processes together."""
        return self.gaps.get(platform, _NONE)


STREAM = Timing(
    lease=timedelta(seconds=2),
    settle=_NONE,
    timeout=timedelta(seconds=1),
    turn=timedelta(seconds=0.1),
    first_wait=timedelta(seconds=0.05),
    late=timedelta(days=36_500),
    outage=timedelta(days=36_500),
    hours=False,
)
"""For a stream: it is written at once or not at all, and a replay has neither late nor night."""
