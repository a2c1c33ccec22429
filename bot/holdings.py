"""`hubshift store`: what is held, what it costs, and the dropping of what is not kept."""

import sys

from bot.app import opened
from bot.chat.console import printed
from bot.retention import Retention
from bot.settings import Settings
from bot.store.costs import Costs
from bot.store.thinning import Dropped
from bot.wording import day, exact, plural
from detectors.metric import Kind

_UNITS = ("bytes", "kB", "MB", "GB")
_KILO = 1000
_COMPARED = 2


async def stats(settings: Settings) -> int:
    """Print what is held and what it costs."""
    async with opened(settings) as app:
        printed(told(await app.store.costs(), settings.retention), sys.stdout)
    return 0


async def thin(settings: Settings) -> int:
    """Drop what is not kept any longer, and say how much that was; 1 where not all of it went."""
    async with opened(settings) as app:
        dropped = await app.store.thin(settings.retention)
    printed(thinned(dropped), sys.stdout)
    return int(dropped.left > 0)


def thinned(dropped: Dropped) -> str:
    """Say what was dropped, and what should have been and was not."""
    were = plural(dropped.snapshots, "snapshot was", "snapshots were", whole=True)
    said = [f"{were} dropped."] if dropped.snapshots else []
    if dropped.left:
        chains = plural(dropped.left, "chain of censuses is", "chains of censuses are", whole=True)
        said.append(
            f"{chains} left whole for damage to what is to be kept: `hubshift doctor` names the "
            "keys, and only a backup brings it back."
        )
    none = "Nothing to drop: no pulse, and no chain of censuses as a whole, is older than is kept."
    return " ".join(said) or none


def told(costs: Costs, retention: Retention) -> str:
    """Say what is held, one line a stream, and what it costs."""
    if not costs.streams:
        return "Nothing is held yet. Watch the Hub with `hubshift run`, or import its history."
    lines = []
    for each in costs.streams:
        withheld = f", {exact(each.withheld)} of them withheld" if each.withheld else ""
        withheld += f", {exact(each.damaged)} more with a damaged note" if each.damaged else ""
        span = f"{day(each.first)} to {day(each.last)}"
        # A pulse is small enough to be counted anew.
        tables = f", boards and shares {size(each.tables)}" if each.tables else ""
        lines.append(
            f"{each.stream}: {plural(each.snapshots, 'snapshot', whole=True)}{withheld}, {span}; "
            f"columns {size(each.blocks)}{tables}"
        )
    lines.append(f"written once (ids, publishers, dates): {size(costs.once)}")
    lines.append(f"notes, alerts, watches, deliveries and all else: {size(costs.rest)}")
    lines.append(f"in all: {size(costs.bytes)}{_a_model(costs.a_model_and_census)}")
    if costs.churn is None:
        censuses = sum(each.snapshots for each in costs.streams if each.stream == Kind.CENSUS)
        lines.append(
            "churn: not known yet, it takes two censuses"
            if censuses < _COMPARED
            else "churn: not known, no two censuses held were compared row by row (they do not "
            "tell the same columns, an older Hubshift wrote them, or one of the two was dropped)"
        )
    else:
        churn = costs.churn
        lines.append(
            f"churn: {exact(churn.changed)} of {exact(churn.rows)} rows "
            f"({churn.changed / max(churn.rows, 1):.1%}) differed after {churn.days:.1f} days"
        )
    lines.append(
        f"kept: everything for {retention.all_for.days} days, one a day for "
        f"{retention.daily_for.days} days, one a week for ever"
    )
    return "\n".join(lines)


def _a_model(cost: float | None) -> str:
    if cost is None:
        return ""
    return f"; censuses and what is written once take {cost:.2f} bytes a model and census"


def size(count: float) -> str:
    """Return a number of bytes as a person reads it."""
    unit = 0
    while count >= _KILO and unit < len(_UNITS) - 1:
        count, unit = count / _KILO, unit + 1
    return f"{count:.0f} {_UNITS[unit]}" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"
