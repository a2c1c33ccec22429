"""What a share would be without its heaviest model, or those whose growth is suspected."""

from collections.abc import Sequence

from bot.wording import clean, named, percents, plural
from detectors.growth import WINDOW_DAYS
from detectors.metric import Metric
from detectors.names import located
from detectors.share import By, Of, Share
from detectors.shift import Event, Shift
from detectors.snapshot import Snapshot

# For so long a burst of downloads stays in the count over 30 days.
SUSPECTED_FOR = WINDOW_DAYS
_PLACES = frozenset({By.LAB, By.COUNTRY})


def without_heaviest(found: Share) -> list[str]:
    """Name the model that weighs most in the first group, where models weigh differently."""
    if found.question.of not in {Of.DOWNLOADS, Of.LIKES} or not found.leaders:
        return []
    group = found.leaders[0][0]
    whole, without = percents(found.part(group), found.part_without_heaviest(group))
    model = clean(found.heaviest[group][0])
    return [
        "",
        f"Without its heaviest model, {model}, {named(group)} would have {without}, not {whole}.",
    ]


def without_suspects(found: Share, snapshot: Snapshot, shifts: Sequence[Shift]) -> list[str]:
    """Return a line for each group that models under suspicion count for; none for other shares.

    `shifts` are those of the last SUSPECTED_FOR days.
    """
    question = found.question
    if question.of is not Of.DOWNLOADS or question.by not in _PLACES:
        return []
    models: dict[str, list[str]] = {}
    for shift in shifts:
        group = shift.about.get(question.by.value)
        if shift.facts.event is Event.SUSPICIOUS and group in found.amounts:
            models.setdefault(str(group), []).extend(str(shift.about.get("models") or "").split())
    lines = []
    for group, ids in models.items():
        less = _downloads(snapshot, ids)
        if less > 0:
            rest = found.total - less
            part = (found.amounts[group] - less) / rest if rest > 0 else 0.0
            whole, without = percents(found.part(group), max(part, 0.0))
            count = plural(len(set(ids)), "model")
            lines.append(
                f"Without {count} whose growth is under suspicion (such as {clean(ids[0])}), "
                f"{named(group)} would have {without}, not {whole}."
            )
    return ["", *lines] if lines else []


def _downloads(snapshot: Snapshot, ids: Sequence[str]) -> float:
    """Return the downloads that some models have now, as far as the Snapshot knows them."""
    wanted = {each.lower() for each in ids}
    rows = [row for row, _ in located(snapshot.columns.ids, wanted)]
    figures = snapshot.figures(Metric.DOWNLOADS)[rows]
    return float(figures[figures > 0].sum())
