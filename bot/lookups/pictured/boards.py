"""Pictures of boards: the first places over some days, a model's rank over months."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.lookups.held import Wanted
from bot.lookups.measured import measured
from bot.lookups.pictured.past import Asking, Over, reads
from bot.pictures.bump import Bump, Climb
from bot.pictures.card import Words
from bot.pictures.stroke import Lines, Mark, Point, Stroke, Unit
from bot.render.naming import board_field, board_name
from bot.views import Asks, Views
from bot.wording import clean, day, plural, short_name, titled
from detectors.board import Board
from detectors.metric import Metric
from detectors.scope import Scope
from detectors.shift import Shift, Status
from detectors.snapshot import Snapshot

# Who trends changes within days; a rank by likes or downloads within weeks.
_SPANS = {Metric.TRENDING: timedelta(days=14)}
_SPAN = timedelta(days=84)
# Columns of a bump chart: two weeks of days, a quarter of weeks.
_TIMES = 15
MOST_PLACES = 20
# A model that came late is drawn with a quarter of its time before it.
_BEFORE = 3


def span_of(metric: Metric) -> timedelta:
    """Return how far a picture of a board looks back unless it is told."""
    return _SPANS.get(metric, _SPAN)


async def bump(
    metric: Metric, scope: Scope, n: int, views: Views, over: Over, *, loud: str = ""
) -> Bump | None:
    """Return the first `n` places of a board over time; None where nothing held has it.

    `loud` is the id of the one model it is about, where it is about one.
    """
    found = await _boards(metric, scope, views, over, most=_TIMES)
    found = [(read, board) for read, board in found if len(board)]
    if not found:
        return None
    last, board = found[-1]
    n = min(n, len(board), MOST_PLACES)
    names: dict[int, str] = {}
    for _, each in found:
        names |= dict(zip(each.ordinals[:n].tolist(), each.ids, strict=False))
    climbs = tuple(
        Climb(
            short_name(name),
            tuple(_inside(each.rank(ordinal), n) for _, each in found),
            loud=name == loud,
        )
        for ordinal, name in sorted(names.items())
    )
    title = titled(board_name(n, metric.value, last.listed_in(str(scope))))
    first = found[0][0].taken_at
    since = f", moves since {day(first, last.taken_at)}" if len(found) > 1 else ""
    words = Words(title, f"{day(last.taken_at)}{since}", measured(last, board))
    return Bump(words, tuple(read.taken_at for read, _ in found), climbs, n)


async def rank_lines(
    subject: int,
    name: str,
    boards: Sequence[tuple[Metric, Scope]],
    views: Views,
    over: Over,
    *,
    line: float | None = None,
    told: Sequence[Shift] = (),
) -> Lines | None:
    """Return a model's rank on some boards over time; None where it is on none of them.

    `line` is the last place of the rule it was told by, `told` the Shifts of that rule.
    """
    strokes, foot = [], []
    must = [shift.evidence.snapshots[1] for shift in told]
    for metric, scope in boards:
        found = await _boards(metric, scope, views, over, must=must)
        points = [(read.taken_at, _ranked(board, subject)) for read, board in found]
        if any(rank is not None for _, rank in points):
            last, board = found[-1]
            field = board_field(metric.value, last.listed_in(str(scope)))
            strokes.append(Stroke(field, tuple(_from_its_first(points))))
            foot.append(f"{measured(last, board)} {plural(len(found), 'snapshot')} drawn.")
    if not strokes:
        return None
    lines = Lines(Words("", "", ""), Unit.RANK, tuple(strokes), line, _rank_marks(told, strokes[0]))
    since, until = lines.span
    span = f"{day(since, until)} to {day(until)}" if since != until else day(until)
    words = Words(f"{clean(name)} by rank", span, " ".join(dict.fromkeys(foot)))
    return Lines(words, lines.unit, lines.strokes, lines.line, lines.marks)


async def _boards(
    metric: Metric,
    scope: Scope,
    views: Views,
    over: Over,
    *,
    most: int | None = None,
    must: Sequence[str] = (),
) -> list[tuple[Snapshot, Board]]:
    wanted = Wanted(lambda each: each.board(metric, scope) is not None, metric, over.panel)
    asking = Asking(wanted, Asks().with_board(metric))
    limit = {} if most is None else {"most": most}
    return [
        (read, board)
        for read in await reads(views, asking, over, must=must, **limit)
        for board in [read.board(metric, scope)]
        if board is not None
    ]


def _from_its_first(points: Sequence[Point]) -> Sequence[Point]:
    """Return points from a little before a model was first on the board."""
    first = next(at for at, (_, rank) in enumerate(points) if rank is not None)
    return points[max(first - max((len(points) - first) // _BEFORE, 1), 0) :]


def _inside(rank: int | None, n: int) -> int | None:
    return rank if rank is not None and rank <= n else None


def _ranked(board: Board, ordinal: int) -> float | None:
    rank = board.rank(ordinal)
    return None if rank is None else float(rank)


def _rank_marks(told: Sequence[Shift], stroke: Stroke) -> tuple[Mark, ...]:
    ranks: dict[datetime, float] = dict(stroke.told)
    return tuple(
        Mark(shift.taken_at, ranks[shift.taken_at], shift.status is Status.FIRING)
        for shift in told
        if shift.taken_at in ranks
    )
