"""Answers `compare`: two or three labs, countries or models beside each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.lookups.asked import CompareAsked
from bot.lookups.finding import Found, default_boards, find
from bot.lookups.held import boards_now, nothing
from bot.lookups.measured import measured
from bot.lookups.model import facts_of
from bot.lookups.weights import WITHOUT_CENSUS, Weight, measured_weights, places_held, weights
from bot.render.answer import Answer, Table
from bot.rules.words import Word, Words
from bot.views import Views
from bot.wording import clean, figure, listing, percent, percents, short_name
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.scope import default_scope
from detectors.share import By
from detectors.snapshot import Snapshot

Row = tuple[str, ...]
# What joins the names where they are not in quotes.
_JOINTS = frozenset({"and", "vs", "vs.", "versus", "with", "or", "to", "&"})
_LEAST, _MOST = 2, 3


async def compare(asked: CompareAsked, words: Words, views: Views, now: datetime) -> Answer:
    """Set labs, countries or models side by side.

    Raises:
        QuestionError: a name means nothing held, or the names are not of one kind.
        NothingHeld: no board is held.
    """
    boards = await boards_now(views, now)
    if not boards:
        raise await nothing(views, now, "it needs a list by some metric")
    names = _split(asked.words, words)
    groups = _labs(names, words.labs) or _countries(names, words.labs)
    if groups is not None:
        return await _side_by_side(groups, boards, views, now)
    for name in names:
        if words.labs.lab(name.text) or words.labs.country(name.text):
            words.refuse(name, f'"{name.text}" is a lab or a country, and not all of the names are')
    return await _models([await _model(each, words, views, boards, now) for each in names], boards)


@dataclass(frozen=True)
class _Groups:
    """Groups of one kind, and what the lab table says of each."""

    by: By
    names: Sequence[str]
    fact: Row


def _labs(names: Sequence[Word], labs: Labs) -> _Groups | None:
    found = [lab for each in names if (lab := labs.lab(each.text)) is not None]
    if len(found) < len(names):
        return None
    fact = ("country", *(clean(lab.country or "unknown") for lab in found))
    return _Groups(By.LAB, [lab.name for lab in found], fact)


def _countries(names: Sequence[Word], labs: Labs) -> _Groups | None:
    found = [name for each in names if (name := labs.country(each.text)) is not None]
    if len(found) < len(names):
        return None
    counts = [sum(lab.country == name for lab in labs.labs) for name in found]
    return _Groups(By.COUNTRY, found, ("labs in the table", *map(figure, counts)))


def _split(asked: Sequence[Word], words: Words) -> list[Word]:
    """Return the names: those in quotes or between `vs`, `and`, commas; else the longest known."""
    groups: list[list[Word]] = [[]]
    for word in asked:
        joint = word.low in _JOINTS
        if joint or word.text.startswith('"'):
            groups.append([])
        if not joint:
            groups[-1].append(Word(word.text.rstrip(","), word.start, word.end))
        if word.text.endswith((",", '"')):
            groups.append([])
    found = [each for each in groups if each]
    if len(found) == 1:
        found = _known(found[0], words)
    names = [_joined(each) for each in found]
    if not _LEAST <= len(names) <= _MOST:
        words.refuse_all(
            f"two or three names can be compared, and {len(names)} can be read here; put each in "
            'quotes, or "vs" between them'
        )
    return names


def _known(line: Sequence[Word], words: Words) -> list[list[Word]]:
    """Cut a line into names: at each place the longest that the lab table knows, else a word."""
    found, at = [], 0
    while at < len(line):
        for end in range(len(line), at, -1):
            text = _joined(line[at:end]).text
            if end == at + 1 or words.labs.lab(text) or words.labs.country(text):
                found.append(list(line[at:end]))
                at = end
                break
    return found


def _joined(parts: Sequence[Word]) -> Word:
    return Word(" ".join(each.plain for each in parts), parts[0].start, parts[-1].end)


async def _side_by_side(
    groups: _Groups, boards: Mapping[Metric, Snapshot], views: Views, now: datetime
) -> Answer:
    names = groups.names
    weighed = [await weights(groups.by, each, views, now) for each in names]
    held = [places_held(groups.by, each, boards) for each in names]
    places = [(row[0][0], *(each[1] for each in row)) for row in zip(*held, strict=True)]
    parts: list[str | Table] = [_beside(names, [groups.fact, *places])]
    if weighed[0]:
        shares = [_weighed(each) for each in zip(*weighed, strict=True)]
        parts += ["", "Shares, and where they stood four weeks ago:", _beside(names, shares)]
    else:
        parts += ["", WITHOUT_CENSUS]
    closing = [*_measured(boards), *measured_weights(weighed[0])]
    return Answer(_title(names), tuple(parts), " ".join(dict.fromkeys(closing)))


def _weighed(row: Sequence[Weight]) -> Row:
    cells = []
    for each in row:
        then = each.before(4)
        cells.append(percent(each.now) if then is None else " was ".join(percents(each.now, then)))
    return (row[0].name, *cells)


async def _model(
    asked: Word, words: Words, views: Views, boards: Mapping[Metric, Snapshot], now: datetime
) -> Found:
    found = await find(asked, words, views, boards, now)
    if not isinstance(found, Found):
        words.refuse(asked, f"{clean(found[-1].key)} is on no list held now")
    return found


async def _models(found: Sequence[Found], boards: Mapping[Metric, Snapshot]) -> Answer:
    facts = [dict(facts_of(each)) for each in found]
    names = dict.fromkeys(name for each in facts for name in each)
    rows: list[Row] = [(name, *(each.get(name, "unknown") for each in facts)) for name in names]
    for metric, board in default_boards(boards).items():
        places = [board.rank(each.ordinal) for each in found]
        if any(places):
            told = (f"#{place}" if place else f"past #{len(board)}" for place in places)
            rows.append((f"place by {metric.label}", *told))
    notes = [f"{short_name(each.id)}: {each.near}" for each in found if each.near]
    head = [short_name(each.id) for each in found]
    parts = ([*notes, ""] if notes else []) + [Table(tuple(rows), ("", *head))]
    return Answer(_title([each.id for each in found]), tuple(parts), " ".join(_measured(boards)))


def _beside(names: Sequence[str], rows: Sequence[Row]) -> Table:
    head = ("", *map(clean, names))
    return Table(tuple(rows), head, frozenset(range(1, len(head))))


def _measured(boards: Mapping[Metric, Snapshot]) -> list[str]:
    told = [
        measured(each, board)
        for metric, each in boards.items()
        if (board := each.board(metric, default_scope(metric))) is not None
    ]
    return list(dict.fromkeys(told))


def _title(names: Sequence[str]) -> str:
    return listing([clean(each) for each in names])
