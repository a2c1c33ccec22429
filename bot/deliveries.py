"""Which messages a look's Shifts become, one delivery for each channel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bot.channel import Channel
from bot.channel_settings import UNSET, ChannelSettings
from bot.delivery import Delivery, Form, delivery_id
from bot.render import stories
from bot.subscriptions import ALWAYS, Answer, Subscription
from detectors.shift import AT_ONCE, Held, Severity, Shift


def _deliveries(wish: "_Wish", channels: Sequence[Channel], cycle: int) -> list[Delivery]:
    """Return a delivery for each channel and story in which one Shift at least weighs enough.

    What is held back is in no story: it waits for the digest.
    """
    messages = [
        story
        for story in stories(wish.shifts)
        if any(shift.severity.rank >= wish.floors[shift.id].rank for shift in story)
    ]
    return [
        Delivery(
            id=delivery_id(channel, story, (cycle, cycle + 1)),
            channel=channel.key,
            shifts=tuple(shift.id for shift in story),
            cycle=cycle,
            form=wish.form,
        )
        for channel in channels
        for story in messages
    ]


@dataclass(frozen=True)
class Rooms:
    """What is known of the channels of a look: their settings, and which the operator named.

    `first` are told of every rule that they have no subscription of their own for, from `floor`
    on; a setting names them without their tenant, who subscribes there names it with. `settings`
    are by a channel's key, and one that is not there has decided nothing.
    """

    settings: Mapping[str, ChannelSettings] = field(default_factory=dict)
    first: Sequence[Channel] = ()
    floor: Severity = AT_ONCE

    @cached_property
    def _places(self) -> frozenset[tuple[str, str]]:
        return frozenset(each.place for each in self.first)

    def of(self, channel: str) -> ChannelSettings:
        """Return a channel's settings, by its key."""
        return self.settings.get(channel, UNSET)

    def floor_of(self, wish: Subscription) -> Severity:
        """Return the least severity that is told: the watch's own, the channel's, or the plain."""
        own = wish.floor or self.of(wish.channel).floor
        if own is not None:
            return own
        named = self.first and wish.to.place in self._places
        return self.floor if named else AT_ONCE

    def wishes(
        self, rule: str, subscribers: Mapping[str, Sequence[Subscription]], *, first: bool
    ) -> list[Subscription]:
        """Return who wants a rule; `first` says whether the first channels are told of it."""
        found = list(subscribers.get(rule, ()))
        if first:
            own = {each.to.place for each in found}
            found += [plain(each, rule) for each in self.first if each.place not in own]
        return found


NOBODY = Rooms()


def plain(channel: Channel, rule: str) -> Subscription:
    """Return what a first channel wants of a rule that it has decided nothing about."""
    return Subscription(channel.key, rule, ALWAYS)


@dataclass(frozen=True)
class _Wish:
    """What channels with the same wish are told of a look: these Shifts, from these weights on."""

    shifts: tuple[Shift, ...]
    floors: Mapping[str, Severity]
    form: Form

    @property
    def name(self) -> tuple[object, ...]:
        """What two channels have in common that are told the same in the same words."""
        return (tuple(self.floors.items()), self.form)


def fan_out(
    shifts: Sequence[Shift],
    subscribers: Mapping[str, Sequence[Subscription]],
    cycle: int,
    rooms: Rooms = NOBODY,
    unasked: Collection[str] = (),
) -> list[Delivery]:
    """Return the deliveries of a look: to those who subscribe to its rules, and the first channels.

    Channels that are to be told the same are told it in the same words, made once. `unasked` are
    the rules that the first channels have not asked for.
    """
    wanted: dict[tuple[str, Form], dict[str, tuple[Shift, Severity]]] = {}
    explained: list[tuple[Shift, Subscription, Form]] = []
    for shift in shifts:
        for each in rooms.wishes(shift.rule, subscribers, first=shift.rule not in unasked):
            answer = each.answer(shift)
            if not answer.told or rooms.of(each.channel).muted(shift.taken_at):
                continue
            form = Form.THREAD if answer is Answer.THREAD else Form.ALERT
            if shift.told:
                found = wanted.setdefault((each.channel, form), {})
                found[shift.id] = (shift, rooms.floor_of(each))
            elif shift.judgement.held is Held.EXPLAINED:
                explained.append((shift, each, form))
    for shift, each, form in explained:
        # Another channel's rule explains it: who is not told of that is told of this.
        if not any(_tells(shift.judgement.by, wanted.get((each.channel, way), {})) for way in Form):
            found = wanted.setdefault((each.channel, form), {})
            found[shift.id] = (told_after_all(shift), rooms.floor_of(each))
    return _made(wanted, cycle)


def told_after_all(shift: Shift) -> Shift:
    """Return a Shift that is told although it was held back: to whom its reason does not apply."""
    return replace(shift, judgement=replace(shift.judgement, held=None))


def _tells(name: str, wanted: Mapping[str, tuple[Shift, Severity]]) -> bool:
    """Whether a Shift is among those a channel is told, and weighs enough there."""
    shift, floor = wanted.get(name, (None, AT_ONCE))
    return shift is not None and shift.severity.rank >= floor.rank


def _made(
    wanted: Mapping[tuple[str, Form], Mapping[str, tuple[Shift, Severity]]], cycle: int
) -> list[Delivery]:
    alike: dict[tuple[object, ...], tuple[_Wish, list[Channel]]] = {}
    for (channel, form), found in wanted.items():
        told = tuple(shift for shift, _ in found.values())
        wish = _Wish(told, {name: floor for name, (_, floor) in found.items()}, form)
        alike.setdefault(wish.name, (wish, []))[1].append(Channel.of_key(channel))
    return [
        delivery
        for wish, channels in alike.values()
        for delivery in _deliveries(wish, channels, cycle)
    ]
