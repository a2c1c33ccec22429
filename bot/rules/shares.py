"""Rules of shares: who crosses a line, who leads, in how few hands it is, whom newcomers choose."""

from dataclasses import dataclass

from bot.rules.words import MOST_PLACES, Words
from detectors.attention_gap import MARGIN as GAP
from detectors.attention_gap import PLACES, AttentionGap, Field
from detectors.base import Detector
from detectors.concentration import WHOLE, Concentration
from detectors.contributors import Contributors
from detectors.lead_change import MARGIN, LeadChange
from detectors.momentum import USUAL, WEEKS, Momentum, Way
from detectors.scope import ALL, LLM, Scope, default_scope
from detectors.share import By, Of, Places, ShareQuestion
from detectors.share_threshold import ANYONE, ShareThreshold, Side

GRAMMAR = {
    "share of WHAT by GROUP who NAME|anyone above|below P% [clear P%] [in SCOPE]": (
        "a group's part crosses a line: share of new by country who China above 40% clear 37%"
    ),
    "share of slots by GROUP who NAME|anyone above|below P% [clear P%] in top N by METRIC": (
        "its places cross a line: share of slots by lab anyone above 30% in top 10 by trending"
    ),
    "lead of WHAT by GROUP [margin P%] [in top N by METRIC] [in SCOPE]": (
        "the largest group of a share changes: lead of derivatives by family"
    ),
    "momentum of WHAT by GROUP who NAME|anyone up|down [over N weeks] [in SCOPE]": (
        "a group leaves its usual pace: momentum of derivatives by family who Qwen up"
    ),
    "concentration of WHAT by GROUP above|below POINTS [clear POINTS] [in SCOPE]": (
        "it is in fewer hands, or more: concentration of downloads by lab above 1800 clear 1500"
    ),
    "gap of FIELD over FIELD above P% [clear P%] [in top N] [in SCOPE]": (
        "a lab leads in one and not in the other: gap of likes over downloads above 10%"
    ),
    "newcomers who FAMILY|anyone above|below P% [clear P%] [in SCOPE]": (
        "whom new contributors build on: newcomers who Qwen above 50% clear 45%"
    ),
}
"""Each rule as it is written, and what it tells, with an example."""

# A year, to hold half of it against the other.
MOST_WEEKS = 52


@dataclass
class _Asked:
    """What a rule shares out, as far as it has been read."""

    of: Of
    by: By
    scope: Scope | None = None
    board: Places | None = None

    @classmethod
    def of_words(cls, words: Words) -> "_Asked":
        """Take `of WHAT by GROUP`."""
        words.take("what is shared out", ("of",))
        of = Of(words.take("what is shared out", tuple(Of)))
        if of is Of.NEW and words.next_is("models"):
            words.take("the groups", ("models",))
        words.take("the groups", ("by",))
        return cls(of, By(words.take("what the groups are", tuple(By))))

    def part(self, words: Words, known: tuple[str, ...], said: set[str]) -> str:
        """Take the next part of the line; one that says where is kept, and told as empty."""
        match words.part(known, said):
            case "in":
                self.scope = words.scope((*known, "in"))
            case "in top":
                self.board = words.places()
            case other:
                return other
        return ""

    def question(self, words: Words) -> ShareQuestion:
        """Return the question, at the end of the line."""
        if self.of is Of.SLOTS and self.board is None:
            words.refuse_end(
                'a share of slots says of which board, such as "in top 10 by trending"'
            )
        if self.of is not Of.SLOTS and self.board is not None:
            words.refuse_all(
                f"only slots are shared out in a top N; leave it out for {self.of.value}"
            )
        plain = ALL if self.board is None else default_scope(self.board.metric)
        return ShareQuestion(self.of, self.by, self.scope or plain, self.board)


def share(words: Words) -> Detector:
    """Read what follows `share`."""
    asked = _Asked.of_words(words)
    who, side = _who(words, asked.by), _side(words)
    fire_at, clear_at = words.percent("the line"), -1.0
    said: set[str] = set()
    while words.more():
        if asked.part(words, ("clear", "in"), said):
            clear_at = words.percent("where it clears")
    return ShareThreshold(asked.question(words), who, side, fire_at, clear_at)


def lead(words: Words) -> Detector:
    """Read what follows `lead`."""
    asked, margin = _Asked.of_words(words), MARGIN
    said: set[str] = set()
    while words.more():
        if asked.part(words, ("margin", "in"), said):
            margin = words.percent("the margin")
    return LeadChange(asked.question(words), margin)


def momentum(words: Words) -> Detector:
    """Read what follows `momentum`."""
    asked = _Asked.of_words(words)
    who = _who(words, asked.by, tuple(Way))
    way, weeks = Way(words.take("the way it goes", tuple(Way))), WEEKS
    said: set[str] = set()
    while words.more():
        if asked.part(words, ("over", "in"), said):
            weeks = words.number("how many weeks", least=USUAL + 1, most=MOST_WEEKS)
            words.take("the weeks", ("weeks",))
    return Momentum(asked.question(words), who, way, weeks)


def concentration(words: Words) -> Detector:
    """Read what follows `concentration`."""
    asked, side = _Asked.of_words(words), _side(words)
    fire_at, clear_at = words.number("the line, in points,", most=WHOLE), 0
    said: set[str] = set()
    while words.more():
        if asked.part(words, ("clear", "in"), said):
            clear_at = words.number("where it clears, in points,", most=WHOLE)
    return Concentration(asked.question(words), side, fire_at, clear_at)


def gap(words: Words) -> Detector:
    """Read what follows `gap`."""
    words.take("the field led", ("of",))
    of = Field(words.take("the field led", tuple(Field)))
    words.take("the other field", ("over",))
    over = Field(words.take("the other field", tuple(Field)))
    fire_at, clear_at, scope, n = GAP, -1.0, LLM, PLACES
    said: set[str] = set()
    while words.more():
        match words.part(("above", "clear", "in"), said):
            case "above":
                fire_at = words.percent("the margin")
            case "clear":
                clear_at = words.percent("where it clears")
            case "in top":
                words.take("the places", ("top",))
                n = words.number("how many places", most=MOST_PLACES)
            case _:
                scope = words.scope()
    return AttentionGap(of, over, fire_at, clear_at, scope, n)


def newcomers(words: Words) -> Detector:
    """Read what follows `newcomers`."""
    who, side = _who(words, By.FAMILY), _side(words)
    fire_at, clear_at, scope = words.percent("the line"), -1.0, ALL
    said: set[str] = set()
    while words.more():
        match words.part(("clear", "in"), said):
            case "clear":
                clear_at = words.percent("where it clears")
            case _:
                scope = words.scope()
    return Contributors(who, side, fire_at, clear_at, scope)


def _side(words: Words) -> Side:
    return Side(words.take("the side of the line", tuple(Side)))


def _who(words: Words, by: By, ends: tuple[str, ...] = tuple(Side)) -> str:
    anyone = words.take("whose share", ("who", "anyone")) == "anyone"
    if not anyone and not words.next_is("anyone"):
        return words.name(by, ends)
    if not anyone:
        words.take("whose share", ("anyone",))
    return ANYONE
