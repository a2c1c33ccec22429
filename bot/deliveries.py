"""Which messages a look's Shifts become, one delivery for each channel."""

from collections.abc import Sequence

from bot.channel import Channel
from bot.delivery import Delivery, Form, delivery_id
from bot.render import gravest, stories
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
