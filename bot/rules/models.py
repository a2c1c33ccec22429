"""Reads the rules about single models, and about labs and accounts, word by word."""

from bot.rules.words import Words
from detectors.access_change import Access, AccessChange
from detectors.base import Detector
from detectors.breakout import ADOPTION, LEAST, PEERS, SCORE, Breakout
from detectors.cadence import SCORE as CADENCE_SCORE
from detectors.cadence import SILENT_DAYS, Cadence, Pace
from detectors.metric import Metric
from detectors.scope import ALL, Scope, default_scope
from detectors.share import By, Places
from detectors.share_threshold import ANYONE
from detectors.suspicious_growth import LEAST as LEAST_DOWNLOADS
from detectors.suspicious_growth import TIMES, SuspiciousGrowth
from detectors.unmapped_lab import UnmappedLab

GRAMMAR = {
    "access change [of listing|gating|license|name] in top N by METRIC [in SCOPE]": (
        "a model is gone, gated, or under another licence: access change in top 1000 by likes"
    ),
    "unmapped lab above P% [clear P%] in top N by METRIC [in SCOPE]": (
        "an account that no lab is known for: unmapped lab above 10% in top 10 by trending"
    ),
    "cadence of lab NAME|anyone often [score Z]": (
        "a lab releases more often than usual: cadence of anyone often"
    ),
    "cadence of lab NAME|anyone silent D days": (
        "a lab falls silent, or returns: cadence of lab DeepSeek silent 180 days"
    ),
    "breakout by METRIC [in SCOPE] [score Z] [adoption X] [from N] [peers K]": (
        "a model outgrows those of its age and size: breakout by downloads in llm"
    ),
    "suspicious growth [in SCOPE] [times X] [from N]": (
        "downloads without likes, or in lockstep: suspicious growth in all"
    ),
}
"""Each rule as it is written, and what it tells, with an example."""

# Trending is a score and does not grow.
_GROWING = tuple(each for each in Metric if each is not Metric.TRENDING)

# A hundred years: longer than any lab has been silent.
MOST_DAYS = 36_500


def access(words: Words) -> Detector:
    """Read `access change …`, the first word taken."""
    words.take("what happens", ("change",))
    what = None
    if words.next_is("of"):
        words.take("what changes", ("of",))
        what = Access(words.take("what changes", tuple(Access)))
    return AccessChange(*_board(words), what)


def unmapped(words: Words) -> Detector:
    """Read `unmapped lab …`, the first word taken."""
    words.take("what is unmapped", ("lab",))
    words.take("the side of the line", ("above",))
    fire_at, clear_at = words.percent("the line"), -1.0
    if words.next_is("clear"):
        words.take("where it clears", ("clear",))
        clear_at = words.percent("where it clears")
    return UnmappedLab(*_board(words), fire_at, clear_at)


def _board(words: Words) -> tuple[Places, Scope]:
    """Take `in top N by METRIC [in SCOPE]`, which ends a rule."""
    words.take("the board", ("in",))
    places, scope = words.places(), None
    if words.more():
        words.take("the scope", ("in",))
        scope = words.scope(ends=())
    words.end()
    return places, scope or default_scope(places.metric)


def cadence(words: Words) -> Detector:
    """Read `cadence of …`, the first word taken."""
    words.take("whose releases", ("of",))
    who = ANYONE
    if words.take("whose releases", ("lab", "anyone")) == "lab":
        who = words.name(By.LAB, tuple(Pace))
    pace, score, days = (
        Pace(words.take("what is watched for", tuple(Pace))),
        CADENCE_SCORE,
        SILENT_DAYS,
    )
    if pace is Pace.SILENT:
        days = words.number("days of silence", most=MOST_DAYS)
        words.take("the unit", ("days",))
    elif words.more():
        words.take("the score", ("score",))
        score = words.amount("the score")
    words.end()
    return Cadence(who, pace, score, days)


def breakout(words: Words) -> Detector:
    """Read `breakout by …`, the first word taken."""
    words.take("the metric", ("by",))
    metric = Metric(words.take("a metric", _GROWING))
    scope, score, adoption, least, peers = default_scope(metric), SCORE, ADOPTION, LEAST, PEERS
    said: set[str] = set()
    while words.more():
        match words.part(("in", "score", "adoption", "from", "peers"), said):
            case "in" | "in top":
                scope = words.scope(ends=("score", "adoption", "from", "peers"))
            case "score":
                score = words.amount("the score")
            case "adoption":
                adoption = words.amount("the adoption")
            case "from":
                least = words.number("the least figure")
            case _:
                peers = words.number("how many peers", least=2)
    return Breakout(metric, scope, score, adoption, least, peers)


def suspicious(words: Words) -> Detector:
    """Read `suspicious growth …`, the first word taken."""
    words.take("what is suspicious", ("growth",))
    scope, times, least = ALL, TIMES, LEAST_DOWNLOADS
    said: set[str] = set()
    while words.more():
        match words.part(("in", "times", "from"), said):
            case "in" | "in top":
                scope = words.scope(ends=("times", "from"))
            case "times":
                times = words.amount("how many times over")
            case _:
                least = words.number("the least downloads")
    return SuspiciousGrowth(scope, times, least)
