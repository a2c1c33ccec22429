"""The source's own trouble: told once when it begins, and once when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.views import Note
from detectors.health import HEALTH_DEFINITION
from detectors.shift import SOURCE_RULE, Event, Evidence, Facts, Shift, Status
from detectors.snapshot import Snapshot, instant
from detectors.verdict import Reason, Verdict

DETECTOR = "health"


@dataclass(frozen=True)
class Trouble:
    """Which streams are in trouble, each with the reason it began with."""

    streams: Mapping[str, str]

    def after(self, stream: str, verdict: Verdict, *, lasts: bool = False) -> "Trouble":
        """Return the trouble after one more verdict on a stream.

        A stream in trouble keeps the reason it began with: what follows is the same trouble.
        With `lasts` it goes on although the Snapshot was admitted.
        """
        streams = dict(self.streams)
        if verdict.admitted and not lasts:
            streams.pop(stream, None)
        elif not verdict.admitted:
            streams.setdefault(stream, verdict.reason.value)
        return Trouble(streams)


@dataclass(frozen=True)
class Occasion:
    """When trouble began or ended, where, and the last good Snapshot and this one."""

    at: datetime
    stream: str
    detail: str
    last: Note | None
    snapshot: Snapshot | None = None

    @property
    def rows(self) -> tuple[int | None, int | None]:
        """Models listed in the last good Snapshot and in this one."""
        now = None if self.snapshot is None else len(self.snapshot)
        return (self.last.rows if self.last else None), now

    @property
    def names(self) -> tuple[str | None, str]:
        """The ids of both; where no Snapshot came, the time at which it was missed."""
        missed = f"{self.stream}@{instant(self.at)}"
        now = missed if self.snapshot is None else self.snapshot.id
        return (self.last.id if self.last else None), now


def source_shifts(before: Trouble, after: Trouble, occasion: Occasion) -> list[Shift]:
    """Return what is to be told of the source: the reasons that began or ended with a look."""
    was, now = set(before.streams.values()), set(after.streams.values())
    begun = [_shift(reason, Status.FIRING, occasion) for reason in sorted(now - was)]
    return begun + [_shift(reason, Status.RESOLVED, occasion) for reason in sorted(was - now)]


def _shift(reason: str, status: Status, occasion: Occasion) -> Shift:
    began = Event.SILENT if reason == Reason.SILENT.value else Event.WITHHELD
    before, now = occasion.rows
    return Shift(
        rule=SOURCE_RULE,
        detector=DETECTOR,
        subject=reason,
        key=reason,
        status=status,
        taken_at=occasion.at,
        facts=Facts(began if status is Status.FIRING else Event.RECOVERED, before, now),
        evidence=Evidence(
            metric="models listed",
            scope=occasion.stream,
            window="at the time of the snapshot",
            denominator=now or 0,
            unknown=0,
            before=before,
            after=now,
            snapshots=occasion.names,
            definition=HEALTH_DEFINITION,
        ),
        about={"detail": occasion.detail, "stream": occasion.stream},
    )
