"""What a channel watches, and so what was kept for its digest."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.render import Story, gravest, stories
from bot.subscriptions import Answer, Subscription
from detectors.shift import AT_ONCE, Severity, Shift


@dataclass(frozen=True)
class Wants:
    """A channel's watches, and the least severity that it is told at once."""

    watches: Sequence[Subscription] = ()
    floor: Severity = AT_ONCE

    def kept(self, shifts: Sequence[Shift]) -> list[Story]:
        """Return the stories that the channel was not told at once, because they could wait."""
        own = {each.rule: each for each in self.watches}
        answers = {each.id: own[each.rule].answer(each) for each in shifts if each.rule in own}
        waited = [each for each in shifts if answers.get(each.id) is Answer.DIGEST]
        told = [each for each in shifts if each.id in answers and answers[each.id].told]
        light = [
            story
            for story in stories(told)
            if gravest(story).rank < (own[story[0].rule].floor or self.floor).rank
        ]
        return sorted((*stories(waited), *light), key=lambda story: story[0].taken_at)
