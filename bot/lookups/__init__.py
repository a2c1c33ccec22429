"""From a question to its answer, pure over what is held; the same for every platform."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.lookups.asked import (
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
from bot.lookups.boards import share, top
from bot.lookups.charted import chart
from bot.lookups.claims import claims
from bot.lookups.compare import compare
from bot.lookups.country import country
from bot.lookups.held import NothingHeld
from bot.lookups.help import helped
from bot.lookups.here import ANYWHERE, Here
from bot.lookups.lab import lab
from bot.lookups.model import model
from bot.lookups.questions import QuestionError, parse_question, words_of
from bot.lookups.shifts import shifts
from bot.lookups.why import why
from bot.lookups.why_not import why_not
from bot.render.answer import Answer
from bot.rules.words import Words
from bot.views import Views
from detectors.labs import Labs

__all__ = ["Answer", "NothingHeld", "QuestionError", "answer"]


@dataclass(frozen=True)
class _Asking:
    """A question's words, and all that an answer may be drawn from."""

    words: Words
    views: Views
    labs: Labs
    now: datetime
    here: Here


# Each kind of question and what answers it.
_ANSWERS: Mapping[type, Callable[[Any, _Asking], Awaitable[Answer]]] = {
    TopAsked: lambda asked, of: top(asked, of.views),
    ShareAsked: lambda asked, of: share(asked, of.views),
    LabAsked: lambda asked, of: lab(asked, of.words, of.views, of.now),
    ModelAsked: lambda asked, of: model(asked, of.words, of.views, of.now),
    CountryAsked: lambda asked, of: country(asked, of.labs, of.views, of.now),
    CompareAsked: lambda asked, of: compare(asked, of.words, of.views, of.now),
    ShiftsAsked: lambda asked, of: shifts(asked, of.views, of.now),
    WhyAsked: lambda asked, of: why(asked, of.words, of.views, of.labs),
    WhyNotAsked: lambda asked, of: why_not(asked, of.views, of.here),
    ClaimsAsked: lambda asked, of: claims(asked, of.views),
    ChartAsked: lambda asked, of: chart(of.words, of.views, of.labs, asked.at),
}


async def answer(
    question: str, views: Views, labs: Labs, now: datetime, here: Here = ANYWHERE
) -> Answer:
    """Answer a question such as `top 10 by likes`; `now` is an aware time.

    `here` is what the channel has decided where it is asked.

    Raises:
        QuestionError: it cannot be read or names nothing held; shown with a caret.
        NothingHeld: it is a good question, and nothing held can answer it.
    """
    words = words_of(question, labs)
    asked = parse_question(words, now)
    if isinstance(asked, HelpAsked):
        return helped(asked)
    return await _ANSWERS[type(asked)](asked, _Asking(words, views, labs, now, here))
