"""Which messages a look's Shifts become, one delivery for each channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.channel import Channel
from bot.delivery import Delivery, Form, delivery_id
from bot.render import gravest, stories
from bot.subscriptions import Answer, Subscription
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


def first_told(
    shifts: Sequence[Shift],
    channels: Sequence[Channel],
    subscribers: Mapping[str, Sequence[Subscription]],
    cycle: int,
    floor: Severity = AT_ONCE,
) -> list[Delivery]:
    """Return the deliveries to the first channels: everything they have no subscription for.

    A setting names a channel without its tenant; who subscribes there names it with.
    """
    found = []
    for channel in channels:
        own = {
            rule
            for rule, all_of_it in subscribers.items()
            if any(each.to.place == channel.place for each in all_of_it)
        }
        told = [shift for shift in shifts if shift.rule not in own]
        found += deliveries_of(told, [channel], cycle, floor)
    return found


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
) -> list[Delivery]:
    """Return the deliveries of a look to those who subscribe to its rules.

    Channels that are to be told the same are told it in the same words, made once.
    """
    wanted: dict[tuple[str, Severity, Form], list[Shift]] = {}
    for shift in shifts:
        for each in subscribers.get(shift.rule, ()):
            answer = each.answer(shift)
            if answer.told:
                form = Form.THREAD if answer is Answer.THREAD else Form.ALERT
                wanted.setdefault((each.channel, each.floor, form), []).append(shift)
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
