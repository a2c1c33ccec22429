"""Rules as a person writes them, one line each: text to detector; `str(detector)` goes back."""

import difflib
import re
from collections.abc import Callable

from bot.rules import models, shares
from bot.rules.words import MOST_PLACES, WordError, Words
from detectors.base import Detector
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.scope import ALL, default_scope
from detectors.top_entry import READS, TopEntry

GRAMMAR = {
    "top N by METRIC [in SCOPE] [leave RANK] [confirm K of M]": (
        "a model enters or leaves the first N places: top 10 by likes in llm"
    ),
    **shares.GRAMMAR,
    **models.GRAMMAR,
}
"""Each rule as it is written, and what it tells, with an example."""

# Every read looked at is a Snapshot held in memory.
MOST_READS = 100

_COMMENT = re.compile(r"(?:^|\s)#.*$")


class RuleError(WordError):
    """A rule cannot be read; the text shows it with a caret under the word."""


def parse_rules(text: str, labs: Labs, source: str) -> list[Detector]:
    """Read a rules file: one rule a line, `#` begins a comment; the same rule twice counts once.

    Raises:
        RuleError: naming `source`, the line's number, and the word.
    """
    rules: dict[str, Detector] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        bare = _COMMENT.sub("", line)
        if not bare.strip():
            continue
        try:
            rule = parse_rule(bare, labs)
        except RuleError as error:
            raise RuleError(f"{source}, line {number}: {error}") from None
        rules[str(rule)] = rule
    if not rules:
        raise RuleError(f"{source}: holds no rule; write one a line, such as: {_example()}")
    return list(rules.values())


def parse_rule(line: str, labs: Labs) -> Detector:
    """Read one rule. RuleError shows the line with a caret and the nearest known word."""
    words = Words(line, labs, RuleError)
    start = words.next("a rule", tuple(PARSERS))
    if start.low not in PARSERS:
        close = difflib.get_close_matches(start.low, PARSERS, n=1)
        why = f'"{start.plain}" begins no rule; a rule begins with {_beginnings()}'
        words.refuse(start, why, near=close[0] if close else None)
    try:
        return PARSERS[start.low](words)
    except RuleError:
        raise
    except ValueError as error:
        words.refuse_all(str(error))


def _top(words: Words) -> Detector:
    n = words.number("how many places", most=MOST_PLACES)
    words.take("the metric", ("by",))
    metric = Metric(words.take("a metric", tuple(Metric)))
    scope, leave, confirm, reads = default_scope(metric), 0, *READS
    said: set[str] = set()
    while words.more():
        match words.part(("in", "leave", "confirm"), said):
            case "in" | "in top":
                scope = words.scope()
            case "leave":
                leave = words.number("the rank beyond which a model has left", least=n)
            case _:
                confirm = words.number("how many reads confirm", most=MOST_READS)
                words.take("the reads looked at", ("of",))
                reads = words.number("the reads looked at", least=confirm, most=MOST_READS)
    return TopEntry(metric, scope, n, leave=leave, confirm=confirm, reads=reads)


# The first word of a rule says which detector it is; tests hold this against REGISTRY.
PARSERS: dict[str, Callable[[Words], Detector]] = {
    "top": _top,
    "share": shares.share,
    "lead": shares.lead,
    "momentum": shares.momentum,
    "concentration": shares.concentration,
    "gap": shares.gap,
    "newcomers": shares.newcomers,
    "access": models.access,
    "unmapped": models.unmapped,
    "cadence": models.cadence,
    "breakout": models.breakout,
    "suspicious": models.suspicious,
}


def _beginnings() -> str:
    """Return how rules begin: the words of the grammar up to the first that stands for another."""
    heads = dict.fromkeys(" ".join(line.split()[:2]) for line in GRAMMAR)
    return ", ".join(f'"{head}"' for head in heads)


def _example() -> str:
    return str(TopEntry(Metric.TRENDING, ALL, 10))
