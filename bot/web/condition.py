"""Whether Hubshift is ready: the store answers, and people can ask.

A Hub that is silent is no reason to be taken from behind a balancer, where look-ups still answer:
that is what the metrics and the alert on the source are for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.front import Front
from bot.store.errors import StoreError
from bot.store.store import Store


@dataclass(frozen=True)
class Check:
    """One thing that readiness rests on; `trouble` is "" where it is well."""

    name: str
    trouble: str

    @property
    def well(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.trouble


@dataclass(frozen=True)
class Condition:
    """What readiness is asked of."""

    store: Store
    fronts: Sequence[Front]

    async def checks(self) -> Sequence[Check]:
        """Return every check, the store's first; nothing is raised."""
        try:
            await self.store.state()
            store = Check("store", "")
        except StoreError as error:
            store = Check("store", str(error))
        return [store, *(Check(each.name, each.trouble) for each in self.fronts)]
