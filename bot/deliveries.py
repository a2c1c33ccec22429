"""Which messages a look's Shifts become, one delivery for each channel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.channel import Channel
from bot.channel_settings import UNSET, ChannelSettings
from bot.delivery import Delivery, Form, delivery_id
from bot.render import gravest, stories
from bot.subscriptions import ALWAYS, Answer, Subscription
from detectors.shift import AT_ONCE, Severity, Shift


def deliveries_of(
    shifts: Sequence[Shift],
    channels: Sequence[Channel],
    cycle: int,
    floor: Severity = AT_ONCE,
    form: Form = Form.ALERT,
) -> list[Delivery]:
    """Return one delivery for each channel and message; what belongs together is one message.

    What is held back, or less grave than `floor`, is delivered to nobody: it waits for the digest.
    """
    messages = [story for story in stories(shifts) if gravest(story).rank >= floor.rank]
    return [
        Delivery(
            id=delivery_id(channel, story, (cycle, cycle + 1)),
            channel=channel.key,
            shifts=tuple(shift.id for shift in story),
            cycle=cycle,
            form=form,
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
    """What channels with the same wish are told of a look: these Shifts, in this way."""

    shifts: tuple[Shift, ...]
    floor: Severity
    form: Form


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
    wanted: dict[tuple[str, Severity, Form], list[Shift]] = {}
    for shift in shifts:
        for each in rooms.wishes(shift.rule, subscribers, first=shift.rule not in unasked):
            answer = each.answer(shift)
            if answer.told and not rooms.of(each.channel).muted(shift.taken_at):
                form = Form.THREAD if answer is Answer.THREAD else Form.ALERT
                way = (each.channel, rooms.floor_of(each), form)
                wanted.setdefault(way, []).append(shift)
    alike: dict[tuple[tuple[str, ...], Severity, Form], tuple[_Wish, list[Channel]]] = {}
    for (channel, floor, form), found in wanted.items():
        name = (tuple(shift.id for shift in found), floor, form)
        wish = _Wish(tuple(found), floor, form)
        alike.setdefault(name, (wish, []))[1].append(Channel.of_key(channel))
    return [
        delivery
        for wish, channels in alike.values()
        for delivery in deliveries_of(wish.shifts, channels, cycle, wish.floor, wish.form)
    ]
