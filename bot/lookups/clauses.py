"""The parts of a question that several kinds share: in, since, on, and what is shared out."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.rules.words import Words
from detectors.metric import Metric
from detectors.scope import ALL, Scope, default_scope
from detectors.share import By, Of, Places, ShareQuestion

TOP = 10
_ENDS = ("of", "by", "in", "since", "on")
_DAY = timedelta(days=1)
_FIRST_YEAR = 2016
_INSTANT = timedelta(microseconds=1)
_DEFAULT_BOARD = Places(TOP, Metric.TRENDING)


@dataclass(frozen=True)
class Clauses:
    """What the clauses of a question have named so far.

    `since` is the first instant of a day, `until` the last one that may answer.
    """

    scope: Scope | None = None
    board: Places | None = None
    panel: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def more(self, part: str, words: Words, now: datetime) -> "Clauses":
        """Take what follows one more `in`, `since` or `on`."""
        if part == "since":
            return replace(self, since=date_of(words, now))
        if part == "on":
            return replace(self, until=until_of(words, now))
        if words.next_is("panel"):
            words.take("a panel", ("panel",))
            return replace(self, panel=words.span("a panel's name", _ENDS).text)
        if words.next_is("top"):
            return replace(self, board=words.places())
        return replace(self, scope=words.scope(_ENDS))

    def refuse_board(self, words: Words) -> None:
        """Refuse a board where the question is one itself."""
        if self.board is not None:
            words.refuse_all("a top N is not cut out of another; ask for one of them")

    def question(self, words: Words, of: Of | None, by: By | None) -> ShareQuestion:
        """Return what is shared out by what, where; refused where a part of it is missing."""
        if of is None:
            words.refuse_end(f'say what is shared out, such as "of slots": {", ".join(Of)}')
        if by is None:
            words.refuse_end(f'say by which groups, such as "by country": {", ".join(By)}')
        if of is not Of.SLOTS and self.board is not None:
            words.refuse_all(f"only slots are shared out in a top N; leave it out for {of.value}")
        board = self.board or _DEFAULT_BOARD if of is Of.SLOTS else None
        plain = ALL if board is None else default_scope(board.metric)
        return ShareQuestion(of, by, self.scope or plain, board)


def what_of(words: Words) -> Of:
    """Take what is shared out; `new models` is `new`."""
    of = Of(words.take("what is shared out", tuple(Of)))
    if of is Of.NEW and words.next_is("models"):
        words.take("the groups", ("models",))
    return of


def until_of(words: Words, now: datetime) -> datetime:
    """Return the last instant of the day named, now at the latest."""
    return end_of(date_of(words, now), now)


def end_of(day: datetime, now: datetime) -> datetime:
    """Return the last instant of a day, now at the latest."""
    return min(day + _DAY - _INSTANT, now)


def date_of(words: Words, now: datetime) -> datetime:
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
