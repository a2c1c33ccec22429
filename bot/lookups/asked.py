"""What a person may ask, once the line is read: one small value for each kind of question."""

from dataclasses import dataclass
from datetime import datetime

from bot.rules.words import Word
from detectors.base import Detector
from detectors.metric import Metric
from detectors.scope import Scope
from detectors.share import ShareQuestion


@dataclass(frozen=True)
class TopAsked:
    """`top 10 by likes in all on 2026-01-27`; `at` is the latest instant that may answer."""

    n: int
    metric: Metric
    scope: Scope
    at: datetime
    panel: str | None = None


@dataclass(frozen=True)
class ShareAsked:
    """`share of slots by country in top 10 by trending since 2026-01-01`.

    `at` and `since` are the latest instants that may answer for the end and the beginning.
    """

    question: ShareQuestion
    at: datetime
    panel: str | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class LabAsked:
    """`lab Moonshot AI`; the name may also be a namespace that no table lists."""

    name: Word


@dataclass(frozen=True)
class ModelAsked:
    """`model Qwen/Qwen3-8B`, or any part of the id that a person remembers."""

    id: Word


@dataclass(frozen=True)
class CountryAsked:
    """`country France`; the name as the lab table writes it."""

    name: str


@dataclass(frozen=True)
class CompareAsked:
    """`compare Qwen Meta`: the words of the names, which may be of several words each."""

    words: tuple[Word, ...]


@dataclass(frozen=True)
class ShiftsAsked:
    """`shifts since 2026-01-01 by Qwen`; `shifts held` for those held back, with the reason."""

    since: datetime
    lab: str | None = None
    held: bool = False


@dataclass(frozen=True)
class WhyAsked:
    """`why 3f2ab12c9d4e`; the beginning of an id or the name of what it is about will do."""

    shift: Word


@dataclass(frozen=True)
class WhyNotAsked:
    """`why-not top 10 by trending in all on 2026-01-27`; `at` is the last instant of the day.

    Where no day is `named` it is the last on which anybody looked.
    """

    rule: Detector
    at: datetime
    named: bool = False


@dataclass(frozen=True)
class ClaimsAsked:
    """`claims on 2026-01-27`; `at` is the latest instant that may answer."""

    at: datetime


@dataclass(frozen=True)
class ChartAsked:
    """`chart top 10 by likes`: what follows is read where it is drawn; `at` is the time asked."""

    at: datetime


@dataclass(frozen=True)
class HelpAsked:
    """`help metrics`."""

    topic: str = ""


Asked = (
    TopAsked
    | ShareAsked
    | LabAsked
    | ModelAsked
    | CountryAsked
    | CompareAsked
    | ShiftsAsked
    | WhyAsked
    | WhyNotAsked
    | ClaimsAsked
    | ChartAsked
    | HelpAsked
)
