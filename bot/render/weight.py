"""Says what a share owes to a single model, and how far chance could move it."""

from bot.wording import NBSP, clean, moment, percents, taken
from detectors.alone import WEIGHED
from detectors.interval import CONFIDENCE, DRAWN
from detectors.shift import Event, Shift


def single(shift: Shift) -> str:
    """Name the model that makes the crossing alone, else the group's heaviest.

    Places and new models weigh the same, so there none is the heaviest.
    """
    if shift.evidence.metric not in WEIGHED:
        return ""
    return _alone(shift) or _heaviest(shift)


def _alone(shift: Shift) -> str:
    model, without = shift.about.get("alone"), shift.about.get("alone_without")
    if not model or not isinstance(without, float | int):
        return ""
    named, shown = clean(str(model)), percents(_line(shift), without)[1]
    whose, when = shift.about.get("alone_whose"), shift.about.get("alone_when")
    since = taken(shift.evidence.snapshots[0])
    then = f"on {moment(since, shift.taken_at)}" if since else "the time before"
    if when == "before":
        side = "above" if whose == "own" else "below"
        by = f"It was {side} the line through one model alone"
        return f"{by}: without {named} it was {shown} {then}."
    still = "still " if whose == "other" else ""
    return f"One model alone makes the difference: without {named} it is {still}{shown}."


def _heaviest(shift: Shift) -> str:
    heaviest, without = shift.about.get("heaviest"), shift.about.get("without_heaviest")
    if not heaviest or not isinstance(without, float | int):
        return ""
    shown = percents(_line(shift), without)[1]
    return f"Without its heaviest model, {clean(str(heaviest))}, it is {shown}."


def chance(shift: Shift) -> str:
    """Give the interval that the line lies outside of, where what is counted could be chance."""
    low, high = shift.about.get("low"), shift.about.get("high")
    if shift.evidence.metric not in DRAWN or not _number(low) or not _number(high):
        return ""
    ends = percents(float(str(low)), float(str(high)))
    side = "below" if shift.facts.event is Event.UP else "above"
    return (
        f"Allowing for chance it lies between {ends[0]} and {ends[1]} "
        f"({CONFIDENCE * 100:.0f}{NBSP}% interval), and the line lies {side} that."
    )


def _number(value: object) -> bool:
    return isinstance(value, float | int)


def _line(shift: Shift) -> float:
    line = shift.about.get("line")
    return float(line) if isinstance(line, float | int) else 0.0
