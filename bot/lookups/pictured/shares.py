"""Pictures of shares: over time, and at one time beside a week before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.lookups.boards import share_name
from bot.lookups.held import Wanted, newest, week_before
from bot.lookups.measured import measured_share
from bot.lookups.pictured.past import Asking, Over, begun, reads
from bot.pictures.bars import Bars, Row
from bot.pictures.card import Words
from bot.pictures.stroke import Lines, Mark, Stroke, Unit
from bot.views import Asks, Views
from bot.wording import day, figure, moment, named, percent, plural, titled
from detectors.share import Of, Share, ShareQuestion
from detectors.shift import Shift, Status
from detectors.snapshot import Snapshot

# Half a year: what the demo holds, and what a person still remembers.
SPAN = timedelta(days=182)
_GROUPS = 4
_BARS = 9
_TOLD = 12


async def share_lines(
    question: ShareQuestion, views: Views, over: Over, *, who: str = "", line: float | None = None
) -> Lines | None:
    """Return a share over time, with the Shifts told of it; None where nothing held has it.

    With `who` it is of that group alone and of what nobody can place; else of the largest few.
    """
    asking = _asking(question, over.panel)
    begin = await begun(views, asking, over)
    if begin is None:
        return None
    told = _of(question, await views.shifts(begin[1], over.until), who)
    must = [shift.evidence.snapshots[1] for shift in told]
    found = [
        (read, share)
        for read in await reads(views, asking, over, must=must)
        for share in [read.share(question)]
        if share is not None
    ]
    if not found:
        return None
    groups = [who] if who else _largest([each for _, each in found])
    strokes = [_stroke(group, found) for group in groups]
    if any(each.unknown for _, each in found):
        strokes.append(_unknown(found))
    return Lines(
        words=_words(question, found, who),
        unit=Unit.PART,
        strokes=tuple(strokes),
        line=line,
        marks=_marks(told, groups, found),
    )


async def share_bars(
    question: ShareQuestion, views: Views, until: datetime, panel: str | None = None
) -> Bars | None:
    """Return the groups of a share with a week before; None where nothing held can say."""
    asking = _asking(question, panel)
    now = await newest(views, until, asking.wanted)
    share = now.share(question) if now else None
    if now is None or share is None or not share.total:
        return None
    before = await week_before(views, now, asking.wanted)
    was = before.share(question) if before else None
    shown = share.leaders[:_BARS]
    rows = [_row(group, amount, share, was) for group, amount in shown]
    rest = sum(amount for _, amount in share.leaders[_BARS:])
    if rest:
        others = f"{len(share.leaders) - len(shown)} others"
        rows.append(Row(others, rest / share.total, _said(share, rest)))
    if share.unknown or (was and was.unknown):
        rows.append(_unplaced(share, was))
    since = moment(before.taken_at, now.taken_at) if before else ""
    lead = f"{moment(now.taken_at)}" + (f" · dark stroke: {since}" if since else "")
    words = Words(titled(share_name(question, now)), lead, measured_share(now, share))
    return Bars(words, tuple(rows), since)


def _asking(question: ShareQuestion, panel: str | None) -> Asking:
    board = question.board
    wanted = Wanted(
        lambda snapshot: snapshot.share(question) is not None,
        board.metric if board else None,
        panel,
    )
    asks = Asks()
    asks = asks.with_board(board.metric) if board else asks.with_share(question.of, question.by)
    return Asking(wanted, asks)


def _largest(shares: Sequence[Share]) -> list[str]:
    """Return the groups that are or were largest, those first that are largest now."""
    weight: dict[str, float] = {}
    for share in shares:
        for group in share.amounts:
            weight[group] = weight.get(group, 0.0) + share.part(group) / len(shares)
    for group in shares[-1].amounts:
        weight[group] = max(weight[group], shares[-1].part(group))
    largest = sorted(weight, key=lambda group: (-weight[group], group))[:_GROUPS]
    return sorted(largest, key=lambda group: (-shares[-1].part(group), group))


def _stroke(group: str, found: Sequence[tuple[Snapshot, Share]]) -> Stroke:
    return Stroke(group, tuple((read.taken_at, share.part(group)) for read, share in found))


def _unknown(found: Sequence[tuple[Snapshot, Share]]) -> Stroke:
    points = [
        (read.taken_at, share.unknown / share.total if share.total else 0.0)
        for read, share in found
    ]
    return Stroke("unknown", tuple(points), known=False)


def _words(question: ShareQuestion, found: Sequence[tuple[Snapshot, Share]], who: str) -> Words:
    last, share = found[-1]
    first = found[0][0]
    name = share_name(question, last)
    title = f"{named(who)}: {name}" if who else name
    span = day(last.taken_at)
    if first is not last:
        span = f"{day(first.taken_at, last.taken_at)} to {span}"
    drawn = f" {plural(len(found), 'snapshot')} drawn."
    lead = f"{span} · part of {_whole(question, share)}"
    return Words(titled(title), lead, measured_share(last, share) + drawn)


def _whole(question: ShareQuestion, share: Share) -> str:
    if question.of is Of.SLOTS:
        return plural(share.total, "place")
    return f"all {question.of.unit}"


def _of(question: ShareQuestion, shifts: Sequence[Shift], who: str) -> list[Shift]:
    """Return the Shifts told of a share that crossed a line, the last few."""
    own = [
        shift
        for shift in shifts
        if shift.told
        and (shift.evidence.metric, shift.about.get("by")) == (question.of.value, question.by.value)
        and shift.evidence.scope.startswith(question.where)
        and (not who or shift.key == who)
    ]
    return own[-_TOLD:]


def _marks(
    told: Sequence[Shift], groups: Sequence[str], found: Sequence[tuple[Snapshot, Share]]
) -> tuple[Mark, ...]:
    parts = {read.id: share for read, share in found}
    marks = [
        Mark(shift.taken_at, parts[name].part(shift.key), _rises(shift))
        for shift in told
        for name in [shift.evidence.snapshots[1]]
        if shift.key in groups and name in parts
    ]
    return tuple(dict.fromkeys(marks))


def _rises(shift: Shift) -> bool:
    before, after = shift.facts.before, shift.facts.after
    if before is None or after is None or before == after:
        return shift.status is Status.FIRING
    return after > before


def _row(group: str, amount: float, share: Share, was: Share | None) -> Row:
    part = was.part(group) if was else None
    before = _said(was, was.amounts.get(group, 0.0)) if was else ""
    return Row(group, share.part(group), _said(share, amount), part, before)


def _unplaced(share: Share, was: Share | None) -> Row:
    part = was.unknown / was.total if was and was.total else None
    before = _said(was, was.unknown) if was else ""
    said = _said(share, share.unknown)
    return Row("unknown", share.unknown / share.total, said, part, before, known=False)


def _said(share: Share, amount: float) -> str:
    if share.question.of is Of.SLOTS:
        return figure(amount)
    return percent(amount / share.total if share.total else 0.0)
