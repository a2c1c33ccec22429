"""Questions as a person types them, one line each: text to a Question, nothing answered yet."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.lookups.asked import (
    Asked,
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
from bot.rules import RuleError, parse_rule
from bot.rules.words import MOST_PLACES, Word, WordError, Words
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.scope import ALL, Scope, default_scope
from detectors.share import By, Of, Places, ShareQuestion

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
    "help",
    "metrics",
    "scopes",
    "groups",
    "dates",
    "rules",
)
TOP = 10
_CLAUSES = ("of", "by", "in", "on", "since")
_DAY = timedelta(days=1)
_FIRST_YEAR = 2016
_INSTANT = timedelta(microseconds=1)
_DEFAULT_BOARD = Places(TOP, Metric.TRENDING)


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


@dataclass(frozen=True)
class _In:
    """What a question's `in` has named so far."""

    scope: Scope | None = None
    board: Places | None = None
    panel: str | None = None

    def more(self, words: Words) -> "_In":
        """Take what follows one more `in`."""
        if words.next_is("panel"):
            return replace(self, panel=_panel(words))
        if words.next_is("top"):
            return replace(self, board=words.places())
        return replace(self, scope=words.scope(_CLAUSES))


def _top(words: Words, now: datetime) -> TopAsked:
    n = TOP
    if words.more() and not words.next_is("by", "in", "on"):
        n = words.number("how many places", most=MOST_PLACES)
    metric, where, at = Metric.TRENDING, _In(), now
    while words.more():
        match words.take("more of the question", ("by", "in", "on")):
            case "by":
                metric = Metric(words.take("a metric", tuple(Metric)))
            case "on":
                at = _until(words, now)
            case _:
                where = where.more(words)
    if where.board is not None:
        words.refuse_all("a top N is not cut out of another; ask for one of them")
    return TopAsked(n, metric, where.scope or default_scope(metric), at, where.panel)


def _share(words: Words, now: datetime) -> ShareAsked:
    of, by, where, at, since = None, None, _In(), now, None
    while words.more():
        match words.take("more of the question", _CLAUSES):
            case "of":
                of = _of(words)
            case "by":
                by = By(words.take("what the groups are", tuple(By)))
            case "on":
                at = _until(words, now)
            case "since":
                since = _until(words, now)
            case _:
                where = where.more(words)
    if since is not None and since > at:
        words.refuse_all("the day it is told since must be before the day it is asked for")
    if of is None:
        words.refuse_end(f'say what is shared out, such as "of slots": {", ".join(Of)}')
    if by is None:
        words.refuse_end(f'say by which groups, such as "by country": {", ".join(By)}')
    if of is not Of.SLOTS and where.board is not None:
        words.refuse_all(f"only slots are shared out in a top N; leave it out for {of.value}")
    board = where.board or _DEFAULT_BOARD if of is Of.SLOTS else None
    plain = ALL if board is None else default_scope(board.metric)
    question = ShareQuestion(of, by, where.scope or plain, board)
    return ShareAsked(question, at, where.panel, since)


def _of(words: Words) -> Of:
    of = Of(words.take("what is shared out", tuple(Of)))
    if of is Of.NEW and words.next_is("models"):
        words.take("the groups", ("models",))
    return of


def _shifts(words: Words, now: datetime) -> ShiftsAsked:
    since, lab = now - 7 * _DAY, None
    held = words.next_is("held")
    if held:
        words.take("more of the question", ("held",))
    while words.more():
        if words.take("more of the question", ("since", "by")) == "since":
            since = _date(words, now)
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
    return _until(words, now)


def _topic(words: Words) -> str:
    return words.take("a topic", TOPICS) if words.more() else ""


def _panel(words: Words) -> str:
    words.take("a panel", ("panel",))
    return words.span("a panel's name", _CLAUSES).text


def _until(words: Words, now: datetime) -> datetime:
    """Return the last instant of the day named, now at the latest."""
    return min(_date(words, now) + _DAY - _INSTANT, now)


def _date(words: Words, now: datetime) -> datetime:
    """Take a day: 2026-01-27, today or yesterday, by the clock of UTC."""
    word = words.next("a date", ("2026-01-27", "today", "yesterday"))
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if word.low in {"today", "yesterday"}:
        return today if word.low == "today" else today - _DAY
    try:
        found = datetime.strptime(word.plain, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        words.refuse(word, "a date is written like 2026-01-27, today or yesterday")
    if found.year < _FIRST_YEAR:
        words.refuse(word, "the Hub holds no models that old")
    if found > now:
        words.refuse(word, f"that day is still to come; it is {today:%Y-%m-%d}")
    return found


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
    "help": lambda words, _: HelpAsked(_topic(words)),
}
