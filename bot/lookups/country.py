"""Answers `country`: which labs are based there, and what they weigh."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

from bot.lookups.asked import CountryAsked
from bot.lookups.held import boards_now, nothing
from bot.lookups.measured import measured
from bot.lookups.weights import (
    WITHOUT_CENSUS,
    measured_weights,
    places_held,
    weights,
    weights_table,
)
from bot.render import message_of, stories
from bot.render.answer import Answer, Table
from bot.render.naming import board_field
from bot.views import Views
from bot.wording import clean, day, figure, listing, plural
from detectors.board import Board
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.scope import default_scope
from detectors.share import By
from detectors.shift import Shift
from detectors.snapshot import Snapshot

_LABS_SHOWN = 12
_DEPTH = 100
_MODELS_SHOWN = 5
_SHIFTS_SHOWN = 5
_BACK = timedelta(days=90)


async def country(asked: CountryAsked, labs: Labs, views: Views, now: datetime) -> Answer:
    """Look a country of the lab table up; NothingHeld where no board is held."""
    boards = await boards_now(views, now)
    if not boards:
        raise await nothing(views, now, "it needs a list by some metric")
    name = asked.name
    weighed = await weights(By.COUNTRY, name, views, now)
    shifts = [each for each in await views.shifts(now - _BACK, now) if _about(each, name)]
    told = [message_of(story) for story in stories(shifts)][-_SHIFTS_SHOWN:]
    ranks = [row for metric, each in boards.items() for row in _ranks(name, metric, each)]
    parts: list[str | Table] = [
        Table(tuple(_facts(name, labs, boards))),
        "",
        weights_table(weighed) if weighed else WITHOUT_CENSUS,
    ]
    if ranks:
        parts += ["", Table(tuple(ranks), right=frozenset({0}))]
    if told:
        rows = tuple((day(each.at, now), each.title) for each in reversed(told))
        parts += ["", "Last shifts:", Table(rows)]
    closing = [
        measured(each, board)
        for metric, each in boards.items()
        if (board := each.board(metric, default_scope(metric))) is not None
    ]
    return Answer(
        title=clean(name),
        parts=tuple(parts),
        closing=" ".join(dict.fromkeys([*closing, *measured_weights(weighed)])),
    )


def _facts(name: str, labs: Labs, boards: Mapping[Metric, Snapshot]) -> list[tuple[str, ...]]:
    facts: list[tuple[str, ...]] = [("labs", _labs(name, labs, boards))]
    held = places_held(By.COUNTRY, name, boards)
    return [*facts, *((board, f"{places} places ({part})") for board, places, part in held)]


def _labs(name: str, labs: Labs, boards: Mapping[Metric, Snapshot]) -> str:
    """Name the labs based there, those first that hold most of the first hundred places."""
    held: Counter[str] = Counter()
    for metric, snapshot in boards.items():
        board = snapshot.board(metric, default_scope(metric))
        held.update(lab for _, _, lab in _from_there(name, snapshot, board))
    here = [clean(lab.name) for lab in labs.labs if lab.country == name]
    here.sort(key=lambda lab: (-held[lab], lab))
    shown = here[:_LABS_SHOWN]
    if len(here) > len(shown):
        shown.append(f"{figure(len(here) - len(shown))} more")
    return f"{plural(len(here), 'lab')} of the table: {listing(shown)}"


def _from_there(
    name: str, snapshot: Snapshot, board: Board | None
) -> Iterator[tuple[int, str, str]]:
    """Yield place, id and lab of the models from there among a board's first hundred."""
    owners = snapshot.columns.namespace
    for place, ordinal in enumerate(board.ordinals[:_DEPTH].tolist() if board else (), start=1):
        row = snapshot.columns.row(ordinal)
        owner = None if row is None else owners.at(row)
        if board and snapshot.labs.country_of(owner, snapshot.taken_at) == name:
            lab = snapshot.labs.lab_of(owner, snapshot.taken_at) or ""
            yield place, clean(board.ids[place - 1]), clean(lab)


def _ranks(name: str, metric: Metric, snapshot: Snapshot) -> list[tuple[str, ...]]:
    """Return rows of the first models from there on the board of a metric."""
    found = _from_there(name, snapshot, snapshot.board(metric, default_scope(metric)))
    field = board_field(metric.value, snapshot.listed_in(str(default_scope(metric))))
    return [(f"#{place}", model, lab, field) for place, model, lab in islice(found, _MODELS_SHOWN)]


def _about(shift: Shift, name: str) -> bool:
    """Whether a Shift is about a country, or about a lab or a model from there."""
    own = shift.about.get("by") == By.COUNTRY and shift.key == name
    return own or shift.about.get("country") == name
