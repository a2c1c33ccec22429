"""Finds the model a person means, by what they remember of its id."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.lookups.held import whole_census
from bot.lookups.index import alike, index_of
from bot.rules.words import Word, Words
from bot.views import Views
from bot.wording import clean, listing, short_name
from detectors.board import Board
from detectors.metric import Metric
from detectors.names import located, tailed
from detectors.scope import default_scope
from detectors.shift import Shift
from detectors.snapshot import Snapshot

_PAGE = "huggingface.co/"
_LIKENESS = 0.6
_SUGGESTED = 3
# Only what stands this high is offered for a name that fits nothing.
_OFFERED_FROM = 1000
_LEAST_LETTERS = 3
# Of those that share most letters with a text, so many are measured against it.
_LIKEST = 40
_BACK = timedelta(days=400)


@dataclass(frozen=True)
class Found:
    """A model and the newest Snapshot that lists it; `near` says so where only a part fits."""

    ordinal: int
    id: str
    snapshot: Snapshot
    near: str = ""

    @property
    def row(self) -> int:
        """The model's row in the columns of that Snapshot."""
        row = self.snapshot.columns.row(self.ordinal)
        if row is None:
            raise KeyError(f"{self.snapshot.id} does not list {self.id}")
        return row


async def find(
    asked: Word, words: Words, views: Views, boards: Mapping[Metric, Snapshot], now: datetime
) -> Found | list[Shift]:
    """Return the model that a text means, or what was told of one that is on no list now.

    A text is an id, a link to the model's page, a name without its publisher, or a part of it.

    Raises:
        QuestionError: nothing held has such a name, or several have; with what comes near.
    """
    # No id has a space: who says "deepseek v4 pro" means its hyphens.
    text = "-".join(asked.text.rpartition(_PAGE)[2].strip("/").split())
    ids = {text.lower(), words.labs.canonical_id(text).lower()}
    snapshots = list({each.id: each for each in boards.values()}.values())
    fits = _fitting(text, ids, snapshots)
    told = [] if fits.whole else await _told(text, ids, views, now)
    named = any(each.key.lower() in ids for each in told)
    if fits.tails and not named:
        told = []
    if told and not fits.whole:
        return _still_listed(told, boards) or told
    found = fits.whole or fits.tails or await _anywhere(text, ids, views, now) or fits.parts
    if len(found) == 1:
        near = _only_near(text) if found is fits.parts else ""
        return replace(found[0], near=near)
    if found:
        best = listing([clean(each.id) for each in _best(found, boards)], "or")
        words.refuse(asked, f"{len(found):,} models fit that name: {best}")
    return words.refuse(
        asked, f'"{clean(asked.text)}" is no model that is held', near=_near(text, boards)
    )


@dataclass(frozen=True)
class _Fits:
    """The models a text can mean: by their id, by their name alone, by a part of it."""

    whole: Sequence[Found]
    tails: Sequence[Found]
    parts: Sequence[Found]


def _fitting(text: str, ids: Collection[str], snapshots: Sequence[Snapshot]) -> _Fits:
    """Look a text up in lists; who names the owner means one id and no part of another."""
    low = text.lower()
    whole: dict[int, Found] = {}
    tails: dict[int, Found] = {}
    parts: dict[int, Found] = {}
    by_part = "/" not in low and len(low) >= _LEAST_LETTERS
    for snapshot in sorted(snapshots, key=lambda each: each.taken_at, reverse=True):
        index = index_of(snapshot)
        own = {row for each in ids if (row := index.by_id.get(each)) is not None}
        named = set(index.by_name.get(low, ())) - own
        rest = set(index.part(low)) - own - named if by_part else set()
        for rows, found in ((own, whole), (named, tails), (rest, parts)):
            for row in sorted(rows):
                ordinal = snapshot.columns.number(row)
                found.setdefault(ordinal, Found(ordinal, snapshot.columns.ids[row], snapshot))
    return _Fits(*(list(each.values()) for each in (whole, tails, parts)))


async def _anywhere(
    text: str, ids: Collection[str], views: Views, now: datetime
) -> Sequence[Found]:
    """Return the models of a whole census that a text names, also those that stand on no board."""
    census = await whole_census(views, now)
    if census is None:
        return []
    columns = census.columns
    places = [row for row, _ in located(columns.ids, ids)] or tailed(columns.ids, text)
    rows = [row for row in places if columns.present[row]]
    return [Found(columns.number(row), columns.ids[row], census) for row in rows]


def _only_near(text: str) -> str:
    return f"No model held is called “{clean(text)}”; the nearest is this one."


def _best(fits: Iterable[Found], boards: Mapping[Metric, Snapshot]) -> list[Found]:
    places = list(default_boards(boards).values())
    last = max(len(board) for board in places) + 1

    def place(found: Found) -> tuple[int, str]:
        return min(board.rank(found.ordinal) or last for board in places), found.id

    return sorted(fits, key=place)[:_SUGGESTED]


def _near(text: str, boards: Mapping[Metric, Snapshot]) -> str | None:
    """Return the id most like a text, among the models that stand high."""
    ids = {name for board in default_boards(boards).values() for name in board.ids[:_OFFERED_FROM]}
    likest = alike(text, ids, _LIKEST)
    by_name = {(name if "/" in text else short_name(name)).lower(): name for name in likest}
    close = difflib.get_close_matches(text.lower(), by_name, n=1, cutoff=_LIKENESS)
    return clean(by_name[close[0]]) if close else None


def default_boards(boards: Mapping[Metric, Snapshot]) -> dict[Metric, Board]:
    """Return the board of each metric where rules rank by it."""
    found = {metric: each.board(metric, default_scope(metric)) for metric, each in boards.items()}
    return {metric: board for metric, board in found.items() if board is not None}


async def _told(text: str, ids: Collection[str], views: Views, now: datetime) -> list[Shift]:
    """Return the Shifts of the model last told of by an id, else by a name; latest story last."""
    models = [each for each in await views.shifts(now - _BACK, now) if "/" in each.key]
    same = [each for each in models if each.key.lower() in ids] or [
        each for each in models if short_name(each.key).lower() == text.lower()
    ]
    return [each for each in models if each.subject == same[-1].subject] if same else []


def _still_listed(told: Sequence[Shift], boards: Mapping[Metric, Snapshot]) -> Found | None:
    """Return a model that was told of as it is listed now, by whatever name."""
    subject = told[-1].subject
    for snapshot in sorted(boards.values(), key=lambda each: each.taken_at, reverse=True):
        row = snapshot.columns.row(int(subject)) if subject.isdecimal() else None
        if row is not None:
            return Found(int(subject), snapshot.columns.ids[row], snapshot)
    return None
