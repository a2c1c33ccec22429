"""Answers `lab`: who it is, its ranks, its places and its last shifts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.lookups.asked import LabAsked
from bot.lookups.held import Wanted, boards_now, nothing, week_before, whole_census
from bot.lookups.measured import measured
from bot.lookups.weights import measured_weights, weights, weights_table
from bot.render import message_of, stories
from bot.render.answer import Answer, Table
from bot.render.charts import arrow
from bot.render.naming import board_field, board_name
from bot.rules.words import Words
from bot.views import Views
from bot.wording import clean, day, figure, listing, percent, plural, short_name
from detectors.labs import Lab
from detectors.metric import Metric
from detectors.scope import default_scope
from detectors.share import By
from detectors.shift import Shift
from detectors.snapshot import Snapshot

_PLACES = 10
_DEPTH = 100
_RANKS_SHOWN = 5
_SHIFTS_SHOWN = 5
_BACK = timedelta(days=90)
_RELEASES = 3


@dataclass(frozen=True)
class _Who:
    """A lab of the table, or an account that the table does not know."""

    lab: Lab | None
    account: str = ""

    def owns(self, namespace: str | None, snapshot: Snapshot) -> bool:
        """Whether a namespace was this one's when the Snapshot was taken."""
        if self.lab is None:
            return namespace is not None and namespace.lower() == self.account.lower()
        return snapshot.labs.lab_of(namespace, snapshot.taken_at) == self.lab.name

    def told(self, shift: Shift) -> bool:
        """Whether a Shift is about it or one of its models."""
        if self.lab is None:
            return shift.key.lower().startswith(f"{self.account.lower()}/")
        own_share = shift.about.get("by") in {"lab", "family"} and shift.key == self.lab.name
        return own_share or shift.about.get("lab") == self.lab.name


async def lab(asked: LabAsked, words: Words, views: Views, now: datetime) -> Answer:
    """Look a lab up, or an account of the Hub that the lab table does not know.

    Raises:
        QuestionError: neither the table nor any board held has the name; with what comes near.
        NothingHeld: no board is held.
    """
    boards = await boards_now(views, now)
    if not boards:
        raise await nothing(views, now, "it needs a list by some metric")
    shifts = await views.shifts(now - _BACK, now)
    who = _Who(words.labs.lab(asked.name.text))
    if who.lab is None:
        who = _Who(None, _account(asked.name.text, boards, shifts))
        if not who.account:
            near = words.labs.nearest(asked.name.text)
            words.refuse(asked.name, f'"{asked.name.text}" is no lab in the table', near=near)
    ranks: list[tuple[str, ...]] = []
    closing = []
    for metric, snapshot in boards.items():
        ranks += await _ranks(who, metric, snapshot, views)
        board = snapshot.board(metric, default_scope(metric))
        closing += [measured(snapshot, board)] if board else []
    own = [shift for shift in shifts if who.told(shift)]
    told = [message_of(story) for story in stories(own)][-_SHIFTS_SHOWN:]
    weighed = await weights(By.LAB, who.lab.name, views, now) if who.lab else []
    parts: list[str | Table] = [Table(tuple(_facts(who, boards))), ""]
    if weighed:
        parts += [weights_table(weighed), ""]
    out = await _releases(who, views, now)
    if out:
        parts += [out, ""]
    if ranks:
        parts.append(Table(tuple(ranks), right=frozenset({0})))
    else:
        parts.append("No model of it stands high on a board held now.")
    if told:
        rows = tuple((day(each.at, now), each.title) for each in reversed(told))
        parts += ["", "Last shifts:", Table(rows)]
    return Answer(
        title=clean(who.lab.name if who.lab else who.account),
        parts=tuple(parts),
        closing=" ".join(dict.fromkeys([*closing, *measured_weights(weighed)])),
    )


async def _releases(who: _Who, views: Views, now: datetime) -> str:
    """Say how often a lab released lately and what came last; "" where no census is held."""
    census = await whole_census(views, now)
    if census is None or who.lab is None:
        return ""
    found = census.releases({who.lab.name}).get(who.lab.name)
    if found is None or not found.days:
        return ""
    today = census.taken_at.date()
    count = found.within(today - _BACK, today)
    last = [
        f"{day(datetime(at.year, at.month, at.day, tzinfo=UTC), now)} {_first(models)}"
        for at, models in list(zip(found.days, found.models, strict=True))[: -_RELEASES - 1 : -1]
    ]
    return f"{plural(count, 'release')} in {_BACK.days} days; the last: {'; '.join(last)}."


def _first(models: Sequence[str]) -> str:
    """Name the first repo of a release, and how many others came with it."""
    more = len(models) - 1
    return short_name(models[0]) + (f" and {plural(more, 'other')}" if more else "")


def _account(name: str, boards: Mapping[Metric, Snapshot], shifts: Sequence[Shift]) -> str:
    """Return an account's name as the Hub writes it; empty where nothing held has it."""
    words = [word for each in boards.values() for word in each.columns.namespace.words]
    words += [shift.key.partition("/")[0] for shift in reversed(shifts) if "/" in shift.key]
    return next((word for word in words if word.lower() == name.lower()), "")


def _facts(who: _Who, boards: Mapping[Metric, Snapshot]) -> list[tuple[str, str]]:
    if who.lab is None:
        facts = [("lab", "not in the lab table: lab and country unknown")]
    else:
        facts = [
            ("country", clean(who.lab.country or "unknown")),
            ("namespaces", listing(_namespaces(who.lab))),
        ]
    for metric, snapshot in boards.items():
        scope = default_scope(metric)
        board = snapshot.board(metric, scope)
        if board is None or not snapshot.reaches(metric, scope, _PLACES) or not len(board):
            continue
        owners = snapshot.columns.namespace
        rows = [snapshot.columns.row(at) for at in board.ordinals[:_PLACES].tolist()]
        places = [row for row in rows if row is not None]
        held = sum(who.owns(owners.at(row), snapshot) for row in places)
        name = board_name(_PLACES, metric.value, snapshot.listed_in(str(scope)))
        facts.append(
            (name, f"{figure(held)} of {len(places)} places ({percent(held / len(places))})")
        )
    return facts


def _namespaces(lab: Lab) -> list[str]:
    words = []
    for each in lab.namespaces:
        dates = [f"from {day(each.since)}"] if each.since else []
        dates += [f"until {day(each.until)}"] if each.until else []
        dates += [f"now {clean(each.renamed_to)}"] if each.renamed_to else []
        words.append(clean(each.name) + (f" ({', '.join(dates)})" if dates else ""))
    return words


async def _ranks(
    who: _Who, metric: Metric, snapshot: Snapshot, views: Views
) -> list[tuple[str, ...]]:
    """Return rows of its first models on the board of a metric, with movement in a week."""
    scope = default_scope(metric)
    board = snapshot.board(metric, scope)
    if board is None:
        return []
    owners = snapshot.columns.namespace
    rows: list[tuple[str, ...]] = []
    before = await week_before(
        views, snapshot, Wanted(lambda each: each.board(metric, scope) is not None, metric)
    )
    then = before.board(metric, scope) if before else None
    for place, ordinal in enumerate(board.ordinals[:_DEPTH].tolist(), start=1):
        row = snapshot.columns.row(ordinal)
        if row is not None and who.owns(owners.at(row), snapshot):
            moved = arrow(then.rank(ordinal), place) if then else ""
            field = board_field(metric.value, snapshot.listed_in(str(scope)))
            rows.append((f"#{place}", moved, clean(board.ids[place - 1]), field))
    return rows[:_RANKS_SHOWN]
