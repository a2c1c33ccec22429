"""Rules as a person writes them, one line each: text to detector; `str(detector)` goes back."""

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NoReturn

from detectors.base import Detector
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.scope import ALL, LLM, TASKS, Scope, ScopeKind, default_scope
from detectors.share import By, Of, Places, ShareQuestion
from detectors.share_threshold import ANYONE, ShareThreshold, Side
from detectors.top_entry import READS, TopEntry

# A pulse lists the first thousand models; no rule can look further down.
MOST_PLACES = 1000

GRAMMAR = (
    "top N by METRIC [in SCOPE] [leave RANK] [confirm K of M]",
    "share of WHAT by GROUP who NAME|anyone above|below P% [clear P%] [in SCOPE]",
    "share of slots by GROUP who NAME|anyone above|below P% [clear P%] in top N by METRIC",
)

_WORD = re.compile(r'"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|[^\s%]+%?|%')
_QUOTES = '"“”„«»'
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_SPELLINGS = {"licence": "license", "licences": "license", "licenses": "license"}


class RuleError(ValueError):
    """A rule cannot be read; the text shows it with a caret under the word."""

    exit_code = 2


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def plain(self) -> str:
        """The word without its quotes."""
        return self.text.strip(_QUOTES)

    @property
    def low(self) -> str:
        """The word as a keyword is compared."""
        return _SPELLINGS.get(self.plain.lower(), self.plain.lower())


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
    words = _Words(line, labs)
    start = words.take("a rule", ("top", "share"))
    try:
        return _top(words) if start == "top" else _share(words)
    except RuleError:
        raise
    except ValueError as error:
        words.refuse_all(str(error))


def _top(words: "_Words") -> Detector:
    n = words.number("how many places", most=MOST_PLACES)
    words.take("the metric", ("by",))
    metric = Metric(words.take("a metric", tuple(Metric)))
    scope, leave, confirm, reads = default_scope(metric), 0, *READS
    while words.more():
        match words.take("more of the rule", ("in", "leave", "confirm")):
            case "in":
                scope = words.scope()
            case "leave":
                leave = words.number("the rank beyond which a model has left", least=n)
            case _:
                confirm = words.number("how many reads confirm")
                words.take("the reads looked at", ("of",))
                reads = words.number("the reads looked at", least=confirm)
    return TopEntry(metric, scope, n, leave=leave, confirm=confirm, reads=reads)


def _share(words: "_Words") -> Detector:
    words.take("what is shared out", ("of",))
    of = Of(words.take("what is shared out", tuple(Of)))
    if of is Of.NEW and words.next_is("models"):
        words.take("the groups", ("models",))
    words.take("the groups", ("by",))
    by = By(words.take("what the groups are", tuple(By)))
    who = words.who(by)
    side = Side(words.take("the side of the line", tuple(Side)))
    fire_at = words.percent("the line")
    clear_at, board, scope = -1.0, None, None
    while words.more():
        if words.take("more of the rule", ("clear", "in")) == "clear":
            clear_at = words.percent("where it clears")
        elif words.next_is("top"):
            board = words.places()
        else:
            scope = words.scope()
    if of is Of.SLOTS and board is None:
        words.refuse_end('a share of slots says of which board, such as "in top 10 by trending"')
    if of is not Of.SLOTS and board is not None:
        words.refuse_all(f"only slots are shared out in a top N; leave it out for {of.value}")
    plain = ALL if board is None else default_scope(board.metric)
    question = ShareQuestion(of, by, scope or plain, board)
    return ShareThreshold(question, who, side, fire_at, clear_at)


class _Words:
    """The words of a rule, taken one by one; what does not fit is shown where it stands."""

    def __init__(self, line: str, labs: Labs) -> None:
        self.line = line.strip()
        self.labs = labs
        self._words = [
            _Word(found.group(), found.start(), found.end()) for found in _WORD.finditer(self.line)
        ]
        self._at = 0

    def more(self) -> bool:
        return self._at < len(self._words)

    def next_is(self, word: str) -> bool:
        return self.more() and self._words[self._at].low == word

    def take(self, what: str, known: Sequence[str]) -> str:
        word = self._next(what, known)
        if word.low not in known:
            self._refuse(word, f'"{word.plain}" is not known here', word.low, known)
        return word.low

    def number(self, what: str, *, least: int = 1, most: int | None = None) -> int:
        word = self._next(what)
        value = int(word.text) if word.text.isascii() and word.text.isdigit() else 0
        if value < least or (most is not None and value > most):
            limit = f"of {least} to {most}" if most else f"of at least {least}"
            self._refuse(word, f"{what} must be a whole number {limit}")
        return value

    def percent(self, what: str) -> float:
        word = self._next(what)
        number = word.text.removesuffix("%").replace(",", ".")
        signed = word.text.endswith("%")
        if not signed and self.next_is("%"):
            self._at += 1
            signed = True
        if not signed or not re.fullmatch(r"\d{1,3}(\.\d+)?", number) or float(number) > 100:  # noqa: PLR2004 - a hundred per cent
            self._refuse(word, f"{what} is a share of 0% to 100%, written like 40% or 37.5%")
        return round(float(number) / 100, 12)

    def who(self, by: By) -> str:
        if self.take("whose share", ("who", "anyone")) == "anyone" or self.next_is("anyone"):
            self._at += self.next_is("anyone")
            return ANYONE
        return self._name(by, tuple(Side))

    def places(self) -> Places:
        self.take("the board", ("top",))
        n = self.number("how many places", most=MOST_PLACES)
        self.take("the metric", ("by",))
        return Places(n, Metric(self.take("a metric", tuple(Metric))))

    def scope(self) -> Scope:
        named = [each.value for each in ScopeKind if each not in {ScopeKind.ALL, ScopeKind.LLM}]
        word = self._next("a scope")
        if word.low == ScopeKind.ALL:
            return ALL
        if word.low == ScopeKind.LLM:
            return LLM
        if word.low in TASKS:
            return Scope(ScopeKind.TASK, word.low)
        if word.low not in named:
            known = [ScopeKind.ALL.value, ScopeKind.LLM.value, *named, *TASKS]
            self._refuse(word, f'"{word.plain}" is no scope', word.low, known)
        kind = ScopeKind(word.low)
        if kind is ScopeKind.TASK:
            return Scope(kind, self._next("a task").plain.lower())
        ends = ("in", "leave", "confirm", "clear")
        return Scope(kind, self._name(By(kind.value), ends))

    def refuse_all(self, why: str) -> NoReturn:
        self._refuse(_Word(self.line, 0, len(self.line)), why)

    def refuse_end(self, why: str) -> NoReturn:
        self._refuse(_Word("", len(self.line), len(self.line) + 1), why)

    def _name(self, by: By, ends: Collection[str]) -> str:
        """Take a name of one or more words, and return it as the lab table writes it."""
        taken = [self._next(f"the name of a {by.value}")]
        if taken[0].text == taken[0].plain:
            while self.more() and self._words[self._at].low not in ends:
                taken.append(self._words[self._at])
                self._at += 1
        name = " ".join(word.plain for word in taken)
        span = _Word(name, taken[0].start, taken[-1].end)
        if by in {By.LICENSE, By.TASK}:
            return name.lower()
        if by is By.COUNTRY:
            country = self.labs.country(name)
            if country is None:
                near = self.labs.nearest_country(name)
                self._refuse(span, f'no lab in the table is based in "{name}"', near=near)
            return country
        lab = self.labs.lab(name)
        if lab is None:
            near = self.labs.nearest(name)
            self._refuse(span, f'"{name}" is no lab in the table', near=near)
        return lab.name

    def _next(self, what: str, known: Sequence[str] = ()) -> _Word:
        if not self.more():
            wanted = " or ".join(f'"{word}"' for word in known[:8])
            self.refuse_end(f"the rule ends where {what} should stand{wanted and ': ' + wanted}")
        word = self._words[self._at]
        self._at += 1
        return word

    def _refuse(
        self,
        word: _Word,
        why: str,
        text: str = "",
        known: Collection[str] = (),
        near: str | None = None,
    ) -> NoReturn:
        close = difflib.get_close_matches(text, list(known), n=1, cutoff=0.5) if text else []
        nearest = near or (close[0] if close else None)
        hint = f' Did you mean "{nearest}"?' if nearest else ""
        if not nearest and known:
            hint = " Known: " + ", ".join(list(known)[:8]) + ("." if len(known) <= 8 else ", …")  # noqa: PLR2004 - as many as a person reads
        caret = " " * word.start + "^" * max(word.end - word.start, 1)
        raise RuleError(f"{why}.{hint}\n  {self.line}\n  {caret}")


def _example() -> str:
    return str(TopEntry(Metric.TRENDING, ALL, 10))
