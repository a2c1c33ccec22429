"""Reads the rules about single models, and about labs and accounts, word by word."""

from bot.rules.words import Words
from detectors.access_change import Access, AccessChange
from detectors.base import Detector
from detectors.cadence import SCORE, SILENT_DAYS, Cadence, Pace
from detectors.scope import Scope, default_scope
from detectors.share import By, Places
from detectors.share_threshold import ANYONE
from detectors.unmapped_lab import UnmappedLab

GRAMMAR = (
    "access change [of listing|gating|license|name] in top N by METRIC [in SCOPE]",
    "unmapped lab above P% [clear P%] in top N by METRIC [in SCOPE]",
    "cadence of lab NAME|anyone often [score Z]",
    "cadence of lab NAME|anyone silent D days",
)

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
    pace, score, days = Pace(words.take("what is watched for", tuple(Pace))), SCORE, SILENT_DAYS
    if pace is Pace.SILENT:
        days = words.number("days of silence", most=MOST_DAYS)
        words.take("the unit", ("days",))
    elif words.more():
        words.take("the score", ("score",))
        score = words.amount("the score")
    words.end()
    return Cadence(who, pace, score, days)
