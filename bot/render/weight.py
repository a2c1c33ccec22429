"""Says what a share owes to a single model, and how far chance could move it."""

from bot.render.groups import number, then
from bot.wording import NBSP, clean, figure, percents
from detectors.alone import WEIGHED
from detectors.interval import CONFIDENCE, DRAWN
from detectors.shift import Event, Shift


def single(shift: Shift) -> str:
    """Name the model that makes the crossing alone, else the group's heaviest.

    Places and new models weigh the same, so there none is the heaviest.
    """
    if shift.evidence.metric not in WEIGHED:
        return ""
    return _alone(shift) or mover(shift, "it", "") or _heaviest(shift)


def mover(shift: Shift, what: str, unmoved: str) -> str:
    """Name the model whose move alone made the difference; empty where no model did.

    `unmoved` is what `what` would be without it; where it is empty, a part of the whole.
    """
    model, value = shift.about.get("mover"), shift.about.get("unmoved")
    if not model or not isinstance(value, float | int):
        return ""
    would = unmoved or percents(shift.evidence.after or 0.0, value)[1]
    metric = clean(str(shift.about.get("mover_metric")))
    was = f"{figure(number(shift, 'mover_before'))} {metric}"
    return (
        f"One model alone makes the difference: had {clean(str(model))} stayed at {was}, "
        f"{what} would be {would}."
    )


def suspected(shift: Shift) -> str:
    """Give the share without the models whose growth is suspected, where there are such."""
    models, without = shift.about.get("suspected"), shift.about.get("without_suspected")
    if not models or not isinstance(without, float | int):
        return ""
    ids = str(models).split()
    named = clean(ids[0]) if len(ids) == 1 else f"{len(ids)} models such as {clean(ids[0])}"
    shown = percents(shift.evidence.after or 0.0, without)[1]
    return f"Without {named}, whose growth is under suspicion, it is {shown}."


def _alone(shift: Shift) -> str:
    model, without = shift.about.get("alone"), shift.about.get("alone_without")
    if not model or not isinstance(without, float | int):
        return ""
    named, shown = clean(str(model)), percents(number(shift, "line"), without)[1]
    whose, when = shift.about.get("alone_whose"), shift.about.get("alone_when")
    if when == "before":
        side = "above" if whose == "own" else "below"
        by = f"It was {side} the line through one model alone"
        return f"{by}: without {named} it was {shown} {then(shift)}."
    still = "still " if whose == "other" else ""
    return f"One model alone makes the difference: without {named} it is {still}{shown}."


def _heaviest(shift: Shift) -> str:
    heaviest, without = shift.about.get("heaviest"), shift.about.get("without_heaviest")
    if not heaviest or not isinstance(without, float | int):
        return ""
    shown = percents(number(shift, "line"), without)[1]
    return f"Without its heaviest model, {clean(str(heaviest))}, it is {shown}."


def chance(shift: Shift) -> str:
    """Give the interval that the line lies outside of, where what is counted could be chance."""
    if shift.evidence.metric not in DRAWN or "low" not in shift.about:
        return ""
    ends = percents(number(shift, "low"), number(shift, "high"))
    side = "below" if shift.facts.event is Event.UP else "above"
    return (
        f"Allowing for chance it lies between {ends[0]} and {ends[1]} "
        f"({CONFIDENCE * 100:.0f}{NBSP}% interval), and the line lies {side} that."
    )
