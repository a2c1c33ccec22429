"""The desk: takes a line from a person, and answers it."""

from collections.abc import Callable
from datetime import datetime

from bot.desk.asker import Asker, Refused, TooOften
from bot.desk.pace import MOST, Pace
from bot.lookups import Answer, NothingHeld, QuestionError, answer
from bot.store.store import Store
from bot.wording import plural
from detectors.labs import Labs

KIND = (QuestionError, NothingHeld, Refused, TooOften)
"""The errors whose text is shown to the person as it is."""
LONGEST = 1_000
"""Characters; no rule and no question comes near."""


class Desk:
    """Answers everything that people type or press, from what the store holds.

    `clock` gives aware times.
    """

    def __init__(self, store: Store, labs: Labs, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._labs = labs
        self._clock = clock
        self._pace = Pace(clock)

    async def answer(self, line: str, asker: Asker) -> Answer:
        """Answer a line: a question, or a change of what the asker's channel is told.

        Raises:
            QuestionError: it cannot be read, or names nothing held; shown with a caret.
            NothingHeld: it is a good question, and nothing held can answer it.
            Refused: it is not done, and the text says why.
            TooOften: the person has asked too much in a minute.
        """
        self._admit(asker)
        if len(line) > LONGEST:
            raise Refused(
                f"That line has {len(line):,} characters, and none needs more than {LONGEST:,}. "
                "`help` shows what can be asked."
            )
        return await answer(line, self._store, self._labs, self._clock())

    def _admit(self, asker: Asker) -> None:
        if not asker.user:
            return
        person = f"{asker.channel.platform}|{asker.channel.tenant}|{asker.user}"
        wait = self._pace.wait(person)
        if wait:
            seconds = plural(int(wait.total_seconds()) + 1, "second")
            raise TooOften(
                f"Those were {MOST} questions within a minute. Ask again in {seconds}; nothing "
                "that is watched is missed meanwhile."
            )
