"""Tries rules on everything that is held, before they are switched on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import inf, log

from bot.backtest.course import Course
from bot.backtest.ladder import ladder, nearby
from bot.backtest.reading import asks_of, run
from bot.backtest.trial import MONTH, Trial, trial_of
from bot.rules import parse_rule
from bot.views import Note, Views
from detectors import REGISTRY
from detectors.base import Detector
from detectors.labs import Labs

# For a detector that no watched rule belongs to: what a person might begin with.
STARTERS: Mapping[str, str] = {
    "top_entry": "top 10 by trending in all",
    "share_threshold": "share of slots by lab anyone above 30% in top 10 by trending",
    "lead_change": "lead of slots by country in top 10 by trending",
    "momentum": "momentum of derivatives by family anyone up",
    "attention_gap": "gap of likes over downloads above 10% clear 5%",
    "concentration": "concentration of slots by lab above 1800 clear 1500 in top 10 by trending",
    "contributors": "newcomers anyone above 25% clear 22%",
    "access_change": "access change in top 100 by likes",
    "unmapped_lab": "unmapped lab above 15% in top 10 by trending",
    "cadence": "cadence of anyone often",
    "breakout": "breakout by downloads",
    "suspicious_growth": "suspicious growth",
}

Suggestion = tuple[str, Trial | None, Trial | None]


@dataclass(frozen=True)
class Backtest:
    """A rule's trial, and those of thresholds near its own, its own among them.

    `withheld` are the notes of the Snapshots kept apart meanwhile.
    """

    trial: Trial
    beside: Sequence[Trial]
    withheld: Sequence[Note]


async def backtest(
    rule: Detector, views: Views, since: datetime | None = None, until: datetime | None = None
) -> Backtest:
    """Try a rule, and thresholds near its own, on what is held from `since` to `until`."""
    near = nearby(rule)
    ran = await run(partial(_courses, near, rule), views, until)
    trials = [trial_of(course, since, until) for course in ran.courses]
    own = next(trial for trial in trials if trial.rule == rule)
    start = since or (ran.notes[0].taken_at if ran.notes else None)
    withheld = [note for note in ran.withheld if start is None or note.taken_at >= start]
    return Backtest(own, trials, withheld)


async def suggest(
    rules: Sequence[Detector], views: Views, labs: Labs, until: datetime | None = None
) -> list[Suggestion]:
    """Return, for each detector and each watched rule of it, what would be told once a month.

    A detector's name, the trial that comes nearest to one message in 30 days, and the trial of
    the rule as it is; both None where nothing held answers a rule of the kind.
    """
    asked: list[tuple[str, Detector]] = []
    for name in REGISTRY:
        own = [rule for rule in rules if rule.name == name]
        if not own and name in STARTERS:
            own = [parse_rule(STARTERS[name], labs)]
        asked += [(name, rule) for rule in own]
    found: dict[Detector, Suggestion] = {}
    for together in _apart([rule for _, rule in asked]):
        steps = [(rule, step) for rule in together for step in ladder(rule)]
        ran = await run(partial(_courses, [step for _, step in steps]), views, until)
        trials: dict[Detector, list[Trial]] = {}
        for (rule, _), course in zip(steps, ran.courses, strict=True):
            trials.setdefault(rule, []).append(trial_of(course, None, until))
        found |= {rule: _nearest(rule, some) for rule, some in trials.items()}
    silent = [name for name in REGISTRY if name not in {each for each, _ in asked}]
    return [found[rule] for _, rule in asked] + [(name, None, None) for name in silent]


def _courses(rules: Sequence[Detector], pictured: Detector | None = None) -> list[Course]:
    return [Course(rule, pictured=rule == pictured) for rule in rules]


def _apart(rules: Sequence[Detector]) -> list[list[Detector]]:
    """Return rules that tables answer together, and those that need every column."""
    small = [rule for rule in rules if asks_of([rule]) is not None]
    whole = [rule for rule in rules if asks_of([rule]) is None]
    return [some for some in (small, whole) if some]


def _nearest(rule: Detector, trials: Sequence[Trial]) -> Suggestion:
    own = next(trial for trial in trials if trial.rule == rule)
    tried = [trial for trial in trials if trial.a(MONTH, trial.messages) is not None]
    if not tried:
        return rule.name, None, None
    # Of thresholds that are as far from once a month, or never met at all, the rule's own.
    turns = [(_off(trial), trial.rule != rule, trial.messages) for trial in tried]
    return rule.name, tried[turns.index(min(turns))], own


def _off(trial: Trial) -> float:
    """Return how far a trial is from once a month, in factors: twice is as far as half."""
    a_month = trial.a(MONTH, trial.messages)
    return abs(log(a_month)) if a_month else inf
