"""The rules that are watched: those of the first channels, and all that anybody subscribes to."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.rules import RuleError, parse_rule
from bot.store.store import Store
from detectors.base import Detector
from detectors.labs import Labs
from detectors.shift import SOURCE_RULE

log = logging.getLogger(__name__)


@dataclass
class Watched:
    """Each rule once, however many want it; one that is new starts quiet.

    `only_subscribed` are the rules that the first channels did not ask for.
    """

    labs: Labs
    first: Sequence[Detector]
    rules: Sequence[Detector] = ()
    only_subscribed: frozenset[str] = frozenset()
    _read: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rules = self.rules or tuple(self.first)

    async def refresh(self, store: Store) -> bool:
        """Read what is subscribed to now; True if that is another set of rules than before."""
        lines = await store.subscriptions.rules()
        if lines == self._read:
            return False
        self._read = lines
        known = {str(rule): rule for rule in self.first}
        more: dict[str, Detector] = {}
        for line in lines:
            if line == SOURCE_RULE:
                # No rule of the Hub: every look tells of its source by itself.
                continue
            try:
                rule = parse_rule(line, self.labs)
            except RuleError as error:
                # It was a rule when it was subscribed to: a lab may have left the table since.
                log.warning("the rule %r is not watched any more: %s", line, error)
                continue
            if str(rule) not in known:
                more[str(rule)] = rule
        self.rules = (*self.first, *more.values())
        self.only_subscribed = frozenset(more)
        return True
