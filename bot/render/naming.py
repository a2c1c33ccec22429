"""How a board, a scope and a place are named in a sentence."""

import re

from bot.wording import clean, named
from detectors.metric import Metric
from detectors.shift import Shift

_N = re.compile(r"top (\d+) by ")
_PANEL = re.compile(r"^(.*?)( of the [\d,]+ models listed in panel .*)?$", re.DOTALL)


def places(shift: Shift) -> int:
    """Return how many places the Shift's rule watches: 10 of `top 10 by likes in all`."""
    found = _N.match(shift.rule)
    return int(found.group(1)) if found else 0


def metric_name(metric: str) -> str:
    """Return a metric as it stands in a sentence; a name that is no metric stays as it is."""
    return Metric(metric).label if metric in tuple(Metric) else clean(metric)


def board_name(n: int, metric: str, scope: str) -> str:
    """Return `trending top 10`, `top 10 by downloads among language models`."""
    if metric == Metric.TRENDING:
        return f"trending top {n}{among(scope)}"
    return f"top {n} by {metric_name(metric)}{among(scope)}"


def board_of(scope: str) -> str:
    """Return the board that a scope of Evidence names: `top 10 by likes in llm`."""
    top, _, inner = scope.partition(" in ")
    words = top.split()
    if len(words) != 4 or not words[1].isdigit():  # noqa: PLR2004 - "top 10 by likes"
        return clean(scope)
    return board_name(int(words[1]), words[3], inner or "all")


def board_field(metric: str, scope: str) -> str:
    """Return `in trending`, `by downloads among language models`."""
    link = "in" if metric == Metric.TRENDING else "by"
    return f"{link} {metric_name(metric)}{among(scope)}"


def among(scope: str) -> str:
    """Return which models a scope counts, as the end of a phrase; nothing for all of them.

    `scope` is the scope of Evidence, which may end in a panel: `llm of the 90 models listed in
    panel X`.
    """
    found = _PANEL.match(scope)
    rule, panel = (found.group(1), found.group(2) or "") if found else (scope, "")
    kind, _, name = rule.partition(" ")
    name = clean(name.strip('"'))
    phrases = {
        "all": "",
        "llm": " among language models",
        "lab": f" among models of {name}",
        "country": f" among models from {named(name)}",
        "license": f" among models under {name}",
        "task": f" among {name} models",
    }
    phrase = phrases.get(kind, f" among {clean(rule)} models")
    if not panel:
        return phrase
    listed = clean(panel).removeprefix("of ")
    return f"{phrase}, of {listed}" if phrase else f" among {listed}"


def panel_of(scope: str) -> str:
    """Return the name of the panel a scope of Evidence is limited to; empty for the whole Hub."""
    found = _PANEL.match(scope)
    panel = (found.group(2) or "") if found else ""
    return clean(panel.partition(" listed in panel ")[2])
