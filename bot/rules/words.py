"""The words of a line a person typed, taken one by one; what does not fit is shown in place."""

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NoReturn

from bot.wording import clean
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.scope import ALL, LLM, TASKS, Scope, ScopeKind
from detectors.share import By, Places

# A pulse lists the first thousand models; no rule can look further down.
MOST_PLACES = 1000

_WORD = re.compile(r'"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|[^\s%]+%?|%')
# Single quotes that stand around words, not inside of one, are as good as double ones.
_SINGLE = re.compile(r"(?<!\w)[‘‚‹'](?=\S)([^‘’‚‹›'\"“”„«»]*)(?<=\S)[’‘›'](?!\w)")
_QUOTES = '"“”„«»'
# The Hub's tags have no quotes, and none of the signs that end a word here.
_NAME = re.compile(r'[^"“”„«»%#\s]+( [^"“”„«»%#\s]+)*')
_SPELLINGS = {"licence": "license", "licences": "license", "licenses": "license"}
_AS_MANY_AS_READ = 8


class WordError(ValueError):
    """A line cannot be read; the text shows it with a caret under the word."""

    exit_code = 2


@dataclass(frozen=True)
class Word:
    """One word of a line, or several that belong together, and where it stands."""

    text: str
    start: int
    end: int

    @property
    def plain(self) -> str:
        """The word without its quotes."""
        return self.text.strip(_QUOTES)

    @property
    def bare(self) -> str:
        """The words as they stand; those that are in one pair of quotes, without them."""
        inside = self.text[1:-1]
        return inside if self.plain == inside and not set(inside) & set(_QUOTES) else self.text

    @property
    def low(self) -> str:
        """The word as a keyword is compared."""
        return _SPELLINGS.get(self.plain.lower(), self.plain.lower())


class Words:
    """The words of a line; `kind` is what the line is ("rule"), `error` what a bad one raises."""

    def __init__(
        self, line: str, labs: Labs, error: type[WordError] = WordError, kind: str = "rule"
    ) -> None:
        self.line = _SINGLE.sub(r'"\1"', clean(line, limit=None).strip())
        self.labs = labs
        self._error = error
        self._kind = kind
        self._words = [
            Word(found.group(), found.start(), found.end()) for found in _WORD.finditer(self.line)
        ]
        self._at = 0

    def more(self) -> bool:
        """Whether a word is left."""
        return self._at < len(self._words)

    def next_is(self, *words: str) -> bool:
        """Whether the next word is one of these, disregarding case."""
        return self.more() and self._words[self._at].low in words

    def take(self, what: str, known: Sequence[str]) -> str:
        """Take the next word, which must be one of those known; `what` says what it stands for."""
        word = self.next(what, known)
        if word.low not in known:
            self.refuse(word, f'"{word.plain}" is not known here', word.low, known)
        return word.low

    def part(self, known: Sequence[str], said: set[str]) -> str:
        """Take the word that begins a further part, one that `said` does not hold; add it.

        `in top` is a part beside `in`.
        """
        begins = self._at
        part = self.take("more of the line", known) + (" top" if self.next_is("top") else "")
        if part in said:
            self.refuse(self._words[begins], f'"{part}" is said twice; keep one')
        said.add(part)
        return part

    def next(self, what: str, known: Sequence[str] = ()) -> Word:
        """Take the next word, whatever it is."""
        if not self.more():
            wanted = " or ".join(f'"{word}"' for word in known[:_AS_MANY_AS_READ])
            self.refuse_end(
                f"the {self._kind} ends where {what} should stand{wanted and ': ' + wanted}"
            )
        word = self._words[self._at]
        self._at += 1
        return word

    def number(self, what: str, *, least: int = 1, most: int | None = None) -> int:
        """Take a whole number."""
        word = self.next(what)
        value = int(word.text) if re.fullmatch(r"[0-9]{1,9}", word.text) else 0
        if value < least or (most is not None and value > most):
            limit = f"of {least} to {most}" if most else f"of at least {least}"
            self.refuse(word, f"{what} must be a whole number {limit}")
        return value

    def amount(self, what: str) -> float:
        """Take a figure above 0 such as 3 or 2.5, to three digits after the point."""
        word = self.next(what)
        number = word.text.replace(",", ".")
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", number) or not float(number):
            self.refuse(word, f"{what} must be a figure above 0, written like 3 or 2.5")
        return float(number)

    def percent(self, what: str) -> float:
        """Take a share such as 40% or 37,5 %, and return it as a part of 1."""
        word = self.next(what)
        number = word.text.removesuffix("%").replace(",", ".")
        signed = word.text.endswith("%")
        if not signed and self.next_is("%"):
            self._at += 1
            signed = True
        if not signed or not re.fullmatch(r"\d{1,3}(\.\d+)?", number) or float(number) > 100:  # noqa: PLR2004 - a hundred per cent
            self.refuse(word, f"{what} is a share of 0% to 100%, written like 40% or 37.5%")
        return round(float(number) / 100, 12)

    def places(self) -> Places:
        """Take `top N by METRIC`."""
        self.take("the board", ("top",))
        n = self.number("how many places", most=MOST_PLACES)
        self.take("the metric", ("by",))
        return Places(n, Metric(self.take("a metric", tuple(Metric))))

    def scope(self, ends: Collection[str] = ("in", "leave", "confirm", "clear")) -> Scope:
        """Take a scope; `ends` are the words that end a name of several words."""
        named = [each.value for each in ScopeKind if each not in {ScopeKind.ALL, ScopeKind.LLM}]
        word = self.next("a scope")
        if word.low == ScopeKind.ALL:
            return ALL
        if word.low == ScopeKind.LLM:
            return LLM
        if word.low in TASKS:
            return Scope(ScopeKind.TASK, word.low)
        if word.low not in named:
            known = [ScopeKind.ALL.value, ScopeKind.LLM.value, *named, *TASKS]
            self.refuse(word, f'"{word.plain}" is no scope', word.low, known)
        return Scope(ScopeKind(word.low), self.name(By(word.low), ends))

    def name(self, by: By, ends: Collection[str]) -> str:
        """Take a group's name of one or more words, and return it as the lab table writes it."""
        span = self.span(f"the name of a {by.value}", ends)
        if by in {By.LICENSE, By.TASK}:
            if not _NAME.fullmatch(span.text):
                self.refuse(span, f'"{span.text}" cannot be the name of a {by.value}')
            return span.text.lower()
        if by is By.COUNTRY:
            country = self.labs.country(span.text)
            if country is None:
                near = self.labs.nearest_country(span.text)
                self.refuse(span, f'no lab in the table is based in "{span.text}"', near=near)
            return country
        lab = self.labs.lab(span.text)
        if lab is None:
            near = self.labs.nearest(span.text)
            self.refuse(span, f'"{span.text}" is no lab in the table', near=near)
        return lab.name

    def span(self, what: str, ends: Collection[str]) -> Word:
        """Take words up to one that ends them, or one in quotes, as one Word without quotes."""
        taken = [self.next(what)]
        if taken[0].text == taken[0].plain:
            while self.more() and self._words[self._at].low not in ends:
                taken.append(self.next(what))
        text = " ".join(" ".join(word.plain for word in taken).split())
        return Word(text, taken[0].start, taken[-1].end)

    def end(self) -> None:
        """Refuse what stands beyond the end of the line."""
        if self.more():
            word = self.next("")
            self.refuse(word, f'the {self._kind} ends before "{word.plain}"; leave it out')

    def rest(self, what: str, ends: Collection[str]) -> Word:
        """Take words up to one that ends them, as one Word that reads as the line does."""
        first = last = self.next(what)
        while self.more() and self._words[self._at].low not in ends:
            last = self.next(what)
        return Word(self.line[first.start : last.end], first.start, last.end)

    def refuse_all(self, why: str) -> NoReturn:
        """Refuse the line as a whole."""
        self.refuse(Word(self.line, 0, len(self.line)), why)

    def refuse_end(self, why: str) -> NoReturn:
        """Refuse the line for what is missing at its end."""
        self.refuse(Word("", len(self.line), len(self.line) + 1), why)

    def refuse(
        self,
        word: Word,
        why: str,
        text: str = "",
        known: Collection[str] = (),
        near: str | None = None,
    ) -> NoReturn:
        """Raise the error, with a caret under the word and the known word nearest to `text`."""
        close = difflib.get_close_matches(text, list(known), n=1, cutoff=0.5) if text else []
        nearest = near or (close[0] if close else None)
        hint = f' Did you mean "{nearest}"?' if nearest else ""
        if not nearest and known:
            listed = ", ".join(list(known)[:_AS_MANY_AS_READ])
            rest = ', …; "help" lists all.' if "help" in known else ", …"
            hint = f" Known: {listed}" + ("." if len(known) <= _AS_MANY_AS_READ else rest)
        caret = " " * word.start + "^" * max(word.end - word.start, 1)
        raise self._error(f"{why}.{hint}\n  {self.line}\n  {caret}")
