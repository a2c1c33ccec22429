"""How often one person may ask."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

MOST = 60
SPAN = timedelta(minutes=1)
_PEOPLE = 10_000


class Pace:
    """Lets each person ask 60 times a minute, by a clock of aware times."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._asked: dict[str, deque[datetime]] = {}

    def wait(self, person: str) -> timedelta:
        """Return how long a person has to wait; where that is nothing, it counts."""
        now = self._clock()
        times = self._asked.pop(person, deque())
        while times and times[0] <= now - SPAN:
            times.popleft()
        wait = timedelta(0)
        if len(times) < MOST:
            times.append(now)
        else:
            wait = times[0] + SPAN - now
        # Back at the end: who has not asked for longest is forgotten first.
        self._asked[person] = times
        if len(self._asked) > _PEOPLE:
            del self._asked[next(iter(self._asked))]
        return wait
