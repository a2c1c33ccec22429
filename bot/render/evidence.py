"""The line by which anyone can find a Shift's figures again."""

from bot.wording import UNKNOWN, clean, exact, percents, rank
from detectors.metric import Metric
from detectors.shift import SOURCE_RULE, Shift

_BOARDS = "top_entry"
_SHARES = "share_threshold"
_INDEX, _GAP = "concentration", "attention_gap"
# Their figures are a share's, and their values parts of 1.
_OF_SHARES = frozenset({_SHARES, "lead_change", "contributors", "momentum"})
_PARTS = _OF_SHARES | {"unmapped_lab", _GAP}


def evidence_line(shift: Shift) -> str:
    """Return metric, scope, window, denominator, unknown part, values, snapshots, definition."""
    evidence = shift.evidence
    parts = (
        _measured(shift),
        evidence.window,
        counted(shift),
        " → ".join(values_of(shift)),
        f"{evidence.snapshots[0] or 'no snapshot before'} → {evidence.snapshots[1]}",
        evidence.definition,
    )
    return " · ".join(clean(part) for part in parts if part)


def _measured(shift: Shift) -> str:
    metric, scope = shift.evidence.metric, shift.evidence.scope
    if shift.detector == _GAP:
        fields = f"{shift.about.get('of')} over {shift.about.get('over')}"
        return f"share of {fields} by {shift.about.get('by', 'group')} in {scope}"
    if shift.detector in _OF_SHARES | {_INDEX}:
        what = "Herfindahl index of the share" if shift.detector == _INDEX else "share"
        return f"{what} of {metric} by {shift.about.get('by', 'group')} in {scope}"
    known = shift.detector == _BOARDS and metric in tuple(Metric)
    return f"{Metric(metric).label if known else metric} in {scope}"


def counted(shift: Shift) -> str:
    """Return the denominator, and how much of it is unknown."""
    counted, unknown = shift.evidence.denominator, shift.evidence.unknown
    if shift.about.get("order") == "list":
        return f"{exact(counted)} models, in the list's own order"
    return f"of {exact(counted)}, {exact(unknown) if unknown else 'none'} {UNKNOWN}"


def values_of(shift: Shift) -> list[str]:
    """Return the values before and after, in the unit of the metric."""
    pair = (shift.evidence.before, shift.evidence.after)
    if shift.detector == _BOARDS:
        return [rank(each) for each in pair]
    known = [each for each in pair if each is not None]
    if shift.detector in _PARTS and len(known) == len(pair):
        return percents(*known)
    texts = [shift.about.get(f"{shift.evidence.metric}_{end}") for end in ("before", "after")]
    if all(isinstance(each, str) for each in texts):
        return [str(each) for each in texts]
    nothing = "none" if shift.rule == SOURCE_RULE else UNKNOWN
    return [nothing if each is None else exact(each) for each in pair]
