"""What the desk is asked, answered: with what it says, or with words for the person."""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from bot.desk import KIND

_LOG = logging.getLogger(__name__)
BROKEN = (
    "Hubshift could not answer this. Nothing is lost; whoever runs it finds the reason in its "
    "log. /hubshift help shows what can be asked."
)
T = TypeVar("T")


@dataclass(frozen=True)
class No:
    """Why there is no answer, for the person to read."""

    words: str


async def kindly(asked: Awaitable[T]) -> T | No:
    """Return what comes of something that the desk is asked; whatever breaks, words come."""
    try:
        return await asked
    except KIND as error:
        return No(str(error))
    except Exception:  # noqa: BLE001  # a person waits for an answer
        _LOG.exception("a question could not be answered")
        return No(BROKEN)
