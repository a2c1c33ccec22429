"""How a group, what it is a part of, and the time before are named in a sentence."""

from bot.wording import clean, figure, moment, named, taken
from detectors.share import By, Of
from detectors.shift import Shift

_MANY = {
    By.LAB: "labs",
    By.COUNTRY: "countries",
    By.FAMILY: "families",
    By.LICENSE: "licences",
    By.TASK: "tasks",
}
_ONE = {By.LICENSE: "licence"}


def number(shift: Shift, name: str) -> float:
    """Return a figure that goes with a Shift; 0 where it has none."""
    value = shift.about.get(name)
    return float(value) if isinstance(value, float | int) else 0.0


def who(shift: Shift, group: str = "") -> str:
    """Return who a group is: the Shift's own, or another of the same kind."""
    name = named(group or shift.key)
    match shift.about.get("by"):
        case By.FAMILY:
            return f"models built on {name}"
        case By.LICENSE:
            return f"the licence {name}"
        case By.TASK:
            return f"{name} models"
    return name


def several(shift: Shift) -> bool:
    """Whether the group is named by its models, so that a verb is in the plural."""
    return shift.about.get("by") in {By.FAMILY, By.TASK}


def kinds(shift: Shift) -> str:
    """Return what the groups are, in the plural: labs, licences."""
    by = shift.about.get("by")
    return _MANY[By(by)] if by in tuple(By) else "groups"


def kind(shift: Shift) -> str:
    """Return what one of the groups is: lab, licence."""
    by = shift.about.get("by")
    return _ONE.get(By(by), By(by).value) if by in tuple(By) else "group"


def unit(shift: Shift) -> str:
    """Return what is counted: downloads, new derivatives, places."""
    return clean(str(shift.about.get("unit") or shift.evidence.metric))


def then(shift: Shift) -> str:
    """Return when the read before was: `on 27 January`."""
    since = taken(shift.evidence.snapshots[0])
    return f"on {moment(since, shift.taken_at)}" if since else "the time before"


def moved(shift: Shift) -> str:
    """Return which way the value went, as what the earlier one is introduced by."""
    before, after = shift.evidence.before or 0.0, shift.evidence.after or 0.0
    return "unchanged from" if before == after else "up from" if after > before else "down from"


def of_unknown(shift: Shift) -> str:
    """Say how much is of unknown group, without the end of the sentence; empty where none is."""
    unknown = shift.evidence.unknown
    if not unknown:
        return ""
    counted = "places" if shift.evidence.metric == Of.SLOTS else unit(shift)
    one = unknown == 1
    things = counted.removesuffix("s") if one else counted
    return f"{figure(unknown)} {things} {'is' if one else 'are'} of unknown {kind(shift)}"
