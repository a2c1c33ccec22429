"""Leave one out: whether a single model makes a share cross a line."""

from dataclasses import dataclass

from detectors.share import Of, Share

# Only these weigh models unequally: one of them held 758 M downloads of a month.
WEIGHED = frozenset({Of.DOWNLOADS, Of.LIKES})


@dataclass(frozen=True)
class Alone:
    """A model without which the line would not have been crossed.

    `without` is the part the group has, or had `earlier`, when that model is not counted at all;
    `own` is whether the model is one of the group's.
    """

    model: str
    without: float
    own: bool
    earlier: bool


def alone(then: Share, now: Share, group: str, line: float) -> Alone | None:
    """Return the model that alone makes a group's part cross a line, None where none does.

    A group rises through its own heaviest model now, or because another's heaviest went; it falls
    because its own heaviest went, or under the weight of another's.
    """
    if now.question.of not in WEIGHED:
        return None
    rises = now.part(group) > then.part(group)
    upper, lower = (now, then) if rises else (then, now)
    without = upper.part_without_heaviest(group)
    if upper.part(group) > line >= without:
        return Alone(upper.heaviest[group][0], without, own=True, earlier=not rises)
    others = [held for name, held in lower.heaviest.items() if name != group]
    if not others or not lower.total:
        return None
    model, weight = max(others, key=lambda held: (held[1], held[0]))
    rest = lower.total - weight
    without = round(lower.amounts.get(group, 0.0) / rest, 12) if rest > 0 else 0.0
    if lower.part(group) <= line < without:
        return Alone(model, without, own=False, earlier=rises)
    return None
