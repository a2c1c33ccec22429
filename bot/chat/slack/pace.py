"""How often one person may ask."""

from collections import deque
from collections.abc import Callable

MOST = 20
SECONDS = 60.0
_PEOPLE = 10_000


class Pace:
    """Lets each person ask 20 times a minute; `clock` is a monotonic one, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._asked: dict[str, deque[float]] = {}

    def allowed(self, person: str) -> bool:
        """Whether a person may ask now; counts it if so."""
        now = self._clock()
        times = self._asked.pop(person, deque())
        while times and times[0] <= now - SECONDS:
            times.popleft()
        may = len(times) < MOST
        if may:
            times.append(now)
        # Back at the end: who has not asked for longest is forgotten first.
        self._asked[person] = times
        if len(self._asked) > _PEOPLE:
            del self._asked[next(iter(self._asked))]
        return may
