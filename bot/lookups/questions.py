"""Questions as a person types them, one line each: text to a Question, nothing answered yet."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.lookups.asked import (
    Asked,
    ChartAsked,
    ClaimsAsked,
    CompareAsked,
    CountryAsked,
    HelpAsked,
    LabAsked,
    ModelAsked,
    ShareAsked,
    ShiftsAsked,
    TopAsked,
    WhyAsked,
    WhyNotAsked,
)
from bot.lookups.clauses import TOP, Clauses, date_of, end_of, until_of, what_of
from bot.rules import RuleError, parse_rule
from bot.rules.words import MOST_PLACES, Word, WordError, Words
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.scope import default_scope
from detectors.share import By

# Every question and what it answers, in the order help lists them.
QUESTIONS = (
    (
        "top N [by METRIC] [in SCOPE] [in panel NAME] [on DATE]",
        "who stands where, and who moved since last week: top 10 by likes in text-to-image",
    ),
    (
        "share of WHAT by GROUP [in SCOPE] [in top N by METRIC] [since DATE] [on DATE]",
        "how much is whose: share of slots by country in top 10 by trending",
    ),
    ("lab NAME", "a lab's country, namespaces, ranks, places and last shifts: lab Mistral AI"),
    ("model ID", "a model's ranks, figures, lab and licence: model Qwen3-8B"),
    ("country NAME", "a country's labs, places, shares and last shifts: country France"),
    (
        "compare A B [C]",
        "labs, countries or models beside each other: compare Qwen Meta; compare China and France",
    ),
    (
        "shifts [held] [since DATE] [by LAB]",
        "what has shifted, or was held back: shifts since 2026-01-27 by Qwen",
    ),
    ("why SHIFT", "a shift's evidence, measured again; by its id or what it is about: why GLM-5"),
    ("why-not RULE [on DATE]", "what stopped a rule that day: why-not top 10 by trending in all"),
    ("claims [on DATE]", "what the press says of open models, and whether it holds: claims"),
    (
        "chart share of WHAT by GROUP [in SCOPE] [in top N by METRIC] [since DATE]",
        "a share over time, drawn: chart share of slots by country since 2026-01-01",
    ),
    (
        "chart top N [by METRIC] [in SCOPE] [since DATE]",
        "who climbed and who fell, drawn: chart top 10 by likes",
    ),
    ("chart countries|labs", "whose the places are; one name over time: chart country France"),
    ("chart model ID", "a model's ranks over time, drawn: chart model Qwen3-8B"),
    ("chart SHIFT", "what a shift's rule watches over time, drawn; by its id: chart GLM-5"),
    ("help [TOPIC]", "this list, or more on a word of it: help metrics"),
)
TOPICS = (
    "top",
    "share",
    "lab",
    "model",
    "country",
    "compare",
    "shifts",
    "why",
    "why-not",
    "claims",
    "chart",
    "help",
    "metrics",
    "scopes",
    "groups",
    "dates",
    "rules",
)
_WEEK = timedelta(days=7)


class QuestionError(WordError):
    """A question cannot be read or answered; the text shows it with a caret under the word."""


def parse_question(words: Words, now: datetime) -> Asked:
    """Read a question. QuestionError shows the line with a caret and the nearest known word."""
    if not words.more():
        return HelpAsked()
    return PARSERS[words.take("a question", tuple(PARSERS))](words, now)


def words_of(question: str, labs: Labs) -> Words:
    """Split a question into its words."""
    return Words(question, labs, QuestionError, "question")


def _top(words: Words, now: datetime) -> TopAsked:
    n = TOP
    if words.more() and not words.next_is("by", "in", "on"):
        n = words.number("how many places", most=MOST_PLACES)
    metric, clauses = Metric.TRENDING, Clauses()
    while words.more():
        match words.take("more of the question", ("by", "in", "on")):
            case "by":
                metric = Metric(words.take("a metric", tuple(Metric)))
            case part:
                clauses = clauses.more(part, words, now)
    clauses.refuse_board(words)
    scope = clauses.scope or default_scope(metric)
    return TopAsked(n, metric, scope, clauses.until or now, clauses.panel)


def _share(words: Words, now: datetime) -> ShareAsked:
    of, by, clauses = None, None, Clauses()
    while words.more():
        match words.take("more of the question", ("of", "by", "in", "since", "on")):
            case "of":
                of = what_of(words)
            case "by":
                by = By(words.take("what the groups are", tuple(By)))
            case part:
                clauses = clauses.more(part, words, now)
    at = clauses.until or now
    since = None if clauses.since is None else end_of(clauses.since, now)
    if since is not None and since > at:
        words.refuse_all("the day it is told since must be before the day it is asked for")
    return ShareAsked(clauses.question(words, of, by), at, clauses.panel, since)


def _shifts(words: Words, now: datetime) -> ShiftsAsked:
    since, lab = now - _WEEK, None
    held = words.next_is("held")
    if held:
        words.take("more of the question", ("held",))
    while words.more():
        if words.take("more of the question", ("since", "by")) == "since":
            since = date_of(words, now)
        else:
            lab = words.name(By.LAB, ("since", "by"))
    return ShiftsAsked(since, lab, held)


def _names(words: Words) -> tuple[Word, ...]:
    found = [words.next("a name")]
    while words.more():
        found.append(words.next("a name"))
    return tuple(found)


def _why_not(words: Words, now: datetime) -> WhyNotAsked:
    line = words.rest("a rule", ("on",))
    named = words.more()
    at = _on(words, now)
    try:
        return WhyNotAsked(parse_rule(line.bare, words.labs), at, named)
    except RuleError as error:
        raise QuestionError(str(error)) from None


def _on(words: Words, now: datetime) -> datetime:
    if not words.more():
        return now
    words.take("more of the question", ("on",))
    return until_of(words, now)


def _topic(words: Words) -> str:
    return words.take("a topic", TOPICS) if words.more() else ""


# The first word of a question says which it is.
PARSERS: dict[str, Callable[[Words, datetime], Asked]] = {
    "top": _top,
    "share": _share,
    "lab": lambda words, _: LabAsked(words.span("a lab's name", ())),
    "model": lambda words, _: ModelAsked(words.span("a model's id", ())),
    "country": lambda words, _: CountryAsked(words.name(By.COUNTRY, ())),
    "compare": lambda words, _: CompareAsked(_names(words)),
    "shifts": _shifts,
    "why": lambda words, _: WhyAsked(words.span("a shift's id", ())),
    "why-not": _why_not,
    "claims": lambda words, now: ClaimsAsked(_on(words, now)),
    "chart": lambda _, now: ChartAsked(now),
    "help": lambda words, _: HelpAsked(_topic(words)),
}
