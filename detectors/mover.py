"""One model that moves the shares by itself: what would not have happened, had it stood still."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from detectors.alone import WEIGHED
from detectors.asked import OnShares
from detectors.base import Detector
from detectors.columns import UNKNOWN, with_others
from detectors.evaluate import Standing, wanted
from detectors.metric import Kind, Metric
from detectors.otherwise import unseen
from detectors.scope import ALL
from detectors.shift import Shift
from detectors.snapshot import Snapshot


@dataclass(frozen=True)
class Mover:
    """A model, what it had before and has now (0 before it was there), and all without its move."""

    model: str
    metric: Metric
    before: float
    after: float
    unmoved: Snapshot


def with_mover(
    rules: Mapping[str, Detector],
    news: Sequence[Shift],
    standing: Standing,
    past: Sequence[Snapshot],
    after: Snapshot,
) -> list[Shift]:
    """Return the Shifts of one look; `about` of a share's names the model that moved it alone.

    That is the model whose downloads, or likes, moved most since the read before, where the Shift
    would not have happened, had they stayed as they were, and where that is at least half of the
    way that the value went. `mover` is its id, `mover_metric`, `mover_before` and `mover_after`
    are its figures, and `unmoved` is the value that the Shift's evidence would have.
    """
    found = {shift.id: shift for shift in news}
    for metric in (Metric.DOWNLOADS, Metric.LIKES):
        mine = [shift for shift in news if metric.value in _measured(shift)]
        mover = _mover(metric, past, after) if mine else None
        if mover is None:
            continue
        for name in unseen(rules, mine, standing, past, mover.unmoved):
            found[name] = _named(found[name], rules[found[name].rule], mover, past)
    return list(found.values())


def _measured(shift: Shift) -> set[object]:
    """Return what the shares are of that a Shift is measured on, and that weigh models."""
    if "by" not in shift.about or shift.evidence.metric not in WEIGHED:
        return set()
    return {shift.evidence.metric, shift.about.get("over")}


def _mover(metric: Metric, past: Sequence[Snapshot], after: Snapshot) -> Mover | None:
    """Return the model whose figure moved most between the last two reads that rank all by it."""
    if after.tables is not None or after.kind is not Kind.CENSUS or not past:
        return None
    then, now = past[-1].board(metric, ALL), after.board(metric, ALL)
    if then is None or now is None or not len(now):
        return None
    before = dict(zip(then.ordinals.tolist(), then.figures.tolist(), strict=True))
    # Who is on no board had less than all of them.
    beyond = 0.0 if then.ended else min(before.values())
    figures, most, chosen = after.figures(metric), 0.0, -1
    for ordinal in sorted({*before, *now.ordinals.tolist()}):
        row = after.columns.row(ordinal)
        if row is None or figures[row] == UNKNOWN:
            continue
        moved = abs(float(figures[row]) - before.get(ordinal, beyond))
        if moved > most:
            most, chosen = moved, ordinal
    row = after.columns.row(chosen)
    was = None if row is None else _figure(chosen, metric, past[-1])
    if row is None or was is None:
        return None
    kept = with_others(figures, [row], [was])
    columns = replace(after.columns, figures={**after.columns.figures, metric: kept})
    unmoved = replace(after.uncounted(), columns=columns)
    return Mover(after.columns.ids[row], metric, was, float(figures[row]), unmoved)


def _figure(ordinal: int, metric: Metric, read: Snapshot) -> float | None:
    """Return a model's figure, 0 where it is not listed, None where it is not known."""
    found = read.model(ordinal)
    if found is None:
        return 0.0
    columns, row = found
    known = columns.figures.get(metric)
    return None if known is None or known[row] == UNKNOWN else float(known[row])


def _named(shift: Shift, rule: Detector, mover: Mover, past: Sequence[Snapshot]) -> Shift:
    before, after = shift.evidence.before, shift.evidence.after
    # What reads weeks has more behind it than the last read.
    if before is None or after is None or not isinstance(rule, OnShares) or rule.past > 1:
        return shift
    unmoved = rule.evidence(shift.subject, (wanted(rule, past)[-1], mover.unmoved)).after
    if unmoved is None or 2 * abs(after - unmoved) < abs(after - before):
        return shift
    about = {
        "mover": mover.model,
        "mover_metric": mover.metric.value,
        "mover_before": mover.before,
        "mover_after": mover.after,
        "unmoved": unmoved,
    }
    return replace(shift, about={**shift.about, **about})
