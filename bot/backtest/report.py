"""How a backtest and a suggestion read: as text for a terminal, as JSON for a program."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bot.backtest.course import PICTURED, Fired
from bot.backtest.lines import line_of
from bot.backtest.trial import MONTH, WEEK, Trial
from bot.render.answer import Answer, Table
from bot.render.charts import spark
from bot.render.source import reason_name
from bot.views import Note
from bot.wording import clean, day, listing, moment, plural
from detectors.base import Detector
from detectors.shift import AT_ONCE
from detectors.snapshot import instant

_HEAD = ("", "fired", "a week", "messages", "at once", "flaps")
_RIGHT = frozenset({1, 2, 3, 4, 5})
# Twice a month, or every two months, is still about once a month.
_NEAR = 2.0


def backtested(trial: Trial, beside: Sequence[Trial], withheld: Sequence[Note]) -> Answer:
    """Return what a rule would have said, and what it would have with thresholds near its own."""
    if not trial.looks:
        return Answer(
            title=f"Backtest of {trial.rule}",
            parts=("Nothing that is held from this time can answer the rule.",),
            closing=_apart(withheld) or "No snapshot was kept apart.",
        )
    parts: list[str | Table] = [Table(tuple(_sums(trial)))]
    if trial.fired:
        parts += ["", "Fired", Table(tuple(_firing(trial, each) for each in trial.fired))]
    parts += ["", "With thresholds near it", compared(beside, trial.rule)]
    return Answer(
        title=f"Backtest of {trial.rule}", parts=tuple(parts), closing=_closing(trial, withheld)
    )


def suggested(found: Sequence[tuple[str, Trial | None, Trial | None]]) -> Answer:
    """Return, by detector, the rule that fires about once a month, and the rule it came from."""
    rows, untold = [], dict[str, None]()
    for name, best, own in found:
        if best is None or own is None:
            untold[name] = None
            continue
        same = "as it is" if best.rule == own.rule else f"{_often(own, MONTH)} with {own.rule}"
        rows.append((name, str(best.rule), _often(best, MONTH), same))
    ends = [trial for _, trial, _ in found if trial is not None]
    since = min((each.since for each in ends if each.since), default=None)
    until = max((each.until for each in ends if each.until), default=None)
    held = f"Tried on {day(since)} to {day(until)}. " if since and until else ""
    parts: list[str | Table] = []
    if rows:
        parts.append(Table(tuple(dict.fromkeys(rows)), ("detector", "rule", "a month", "now")))
    said = _far(found)
    if untold:
        said.append(
            f"No snapshot held answers {'the rest: ' if rows else ''}rules of {listing([*untold])}."
        )
    for each in said:
        parts += ["", each] if parts else [each]
    return Answer(
        title="Of each detector, what would be told nearest to once a month",
        parts=tuple(parts),
        closing=f"{held}Counted are messages: what has one cause is one, and what would be held "
        "back is none. `hubshift backtest RULE` shows each of them.",
    )


def _far(found: Sequence[tuple[str, Trial | None, Trial | None]]) -> list[str]:
    """Return sentences on the detectors of which nothing comes near to once a month."""
    never, far = dict[str, None](), dict[str, None]()
    for name, best, _ in found:
        a_month = None if best is None else best.a(MONTH, best.messages)
        if a_month == 0:
            never[name] = None
        elif a_month is not None and not 1 / _NEAR <= a_month <= _NEAR:
            far[f"{name} ({a_month:.1f} a month)"] = None
    said = []
    if far:
        said.append(f"No threshold tried comes near once a month: {listing([*far])}.")
    if never:
        said.append(f"No threshold tried would have told anything: {listing([*never])}.")
    return said


def compared(trials: Sequence[Trial], own: Detector) -> Table:
    """Return trials beside each other, the rule's own marked."""
    rows = [
        (
            f"{'>' if each.rule == own else ' '} {each.rule}",
            f"{len(each.fired):,}",
            _often(each, WEEK),
            f"{each.messages:,}",
            f"{each.at_once:,}",
            f"{each.flaps:,}",
        )
        for each in trials
    ]
    return Table(tuple(rows), _HEAD, _RIGHT)


def as_json(trial: Trial, beside: Sequence[Trial], withheld: Sequence[Note]) -> str:
    """Return a backtest as one JSON object on one line."""
    found = _summed(trial) | {
        "firings": [_written(each) for each in trial.fired],
        "nearby": [_summed(each) for each in beside],
        "withheld": [
            {"snapshot": note.id, "reason": note.reason.value, "detail": note.detail}
            for note in withheld
        ],
    }
    return msgspec.json.encode(found).decode()


def suggested_json(found: Sequence[tuple[str, Trial | None, Trial | None]]) -> str:
    """Return suggestions as one JSON object on one line, by detector; null where none can be."""
    rows = [
        {
            "detector": name,
            "rule": best and str(best.rule),
            "a_month": best and best.a(MONTH, best.messages),
            "from": own and str(own.rule),
        }
        for name, best, own in found
    ]
    return msgspec.json.encode({"suggested": rows}).decode()


def _sums(trial: Trial) -> list[tuple[str, str]]:
    at_once = f"{trial.at_once:,} of them at once{_rate(trial, trial.at_once)}"
    rows = [
        ("fired", f"{plural(len(trial.fired), 'time')}{_rate(trial, len(trial.fired))}"),
        ("messages", f"{trial.messages:,}{_rate(trial, trial.messages)}; {at_once}"),
    ]
    if trial.held:
        counts = [f"{count:,} {why.value}" for why, count in trial.held.most_common()]
        rows.append(("held back", f"{trial.held.total():,}: {listing(counts)}"))
    if trial.again:
        rows.append(("re-entries", f"{trial.again:,} of them had been there before"))
    rows.append(("flaps", f"{trial.flaps:,} came within a week after the same had ended"))
    quiet = trial.quiet
    if quiet is not None:
        start, end = quiet
        rows.append(
            ("longest quiet", f"{_long(end - start)}, {moment(start, end)} to {moment(end)}")
        )
    return rows


def _firing(trial: Trial, fired: Fired) -> tuple[str, ...]:
    shift, line = fired.shift, line_of(trial.rule)
    picture = spark(line.heights(fired.values)) if line else ""
    value = line.shown(shift.evidence.after) if line else shift.facts.event.value
    if shift.judgement.held is not None:
        became = f"held back: {shift.judgement.held.value}"
    else:
        at_once = shift.severity.rank >= AT_ONCE.rank
        became = shift.severity.value if at_once else f"{shift.severity.value}, in the digest"
    at = f"{shift.taken_at:%Y-%m-%d}"
    return at, picture.rjust(PICTURED), value, clean(shift.key), became


def _closing(trial: Trial, withheld: Sequence[Note]) -> str:
    said = [f"{plural(trial.looks, 'look')}."]
    if trial.since is not None and trial.until is not None:
        ends = f"{moment(trial.since)} to {moment(trial.until)}"
        said = [f"{plural(trial.looks, 'look')}, {ends}."]
    if line_of(trial.rule) is not None and trial.fired:
        said.append(
            f"A picture shows the last {PICTURED} looks up to the firing: the rule's line is at "
            "half its height, · is not listed."
        )
    said.append(_apart(withheld))
    return " ".join(each for each in said if each)


def _apart(withheld: Sequence[Note]) -> str:
    if not withheld:
        return ""
    named = [f"{clean(note.id)} ({reason_name(note.reason)})" for note in withheld]
    return f"{plural(len(named), 'snapshot')} kept apart: {listing(named)}."


def _rate(trial: Trial, count: int) -> str:
    a_week = trial.a(WEEK, count)
    return "" if a_week is None else f", {a_week:.1f} a week"


def _often(trial: Trial, span: timedelta) -> str:
    often = trial.a(span, len(trial.fired) if span == WEEK else trial.messages)
    return "" if often is None else f"{often:.1f}"


def _long(span: timedelta) -> str:
    if span < timedelta(days=2):
        return plural(span // timedelta(hours=1), "hour")
    return plural(span.days, "day")


def _written(fired: Fired) -> dict[str, Any]:
    shift = fired.shift
    return {
        "taken_at": instant(shift.taken_at),
        "key": shift.key,
        "event": shift.facts.event.value,
        "before": shift.evidence.before,
        "after": shift.evidence.after,
        "severity": shift.severity.value,
        "cause": shift.judgement.cause,
        "held": shift.judgement.held,
        "values": fired.values,
    }


def _summed(trial: Trial) -> dict[str, Any]:
    quiet = trial.quiet
    return {
        "rule": str(trial.rule),
        "looks": trial.looks,
        "since": _at(trial.since),
        "until": _at(trial.until),
        "fired": len(trial.fired),
        "a_week": trial.a(WEEK, len(trial.fired)),
        "messages": trial.messages,
        "at_once": trial.at_once,
        "held": {why.value: count for why, count in trial.held.items()},
        "re_entries": trial.again,
        "flaps": trial.flaps,
        "longest_quiet": quiet and [instant(each) for each in quiet],
    }


def _at(at: datetime | None) -> str | None:
    return None if at is None else instant(at)
