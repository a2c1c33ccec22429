"""A sample, on the way that every alert takes to its channel."""

from bot.channel import CONSOLE
from bot.delivery import Delivery, Form, Lane, named
from bot.desk.house import Asked, House
from bot.render.answer import Answer
from bot.render.sample import sample_message
from detectors.snapshot import instant


async def sample(house: House, asked: Asked) -> Answer:
    """Queue a sample for the channel; one that was suspended is tried again."""
    asked.must_configure()
    message = sample_message(asked.now, "Somebody typed `test`")
    delivery = Delivery(
        id=named(asked.channel.key, "test", instant(asked.now)),
        channel=asked.channel.key,
        form=Form.MESSAGE,
        lane=Lane.LATER,
        message=message,
    )
    await house.store.outbox.add(delivery)
    parts = ["It takes the way of every alert: where it does not arrive, alerts do not either."]
    if asked.channel.platform == CONSOLE:
        parts = ["`hubshift run` prints it, as it prints every alert of this terminal."]
    parts += await house.resume(asked.channel)
    return Answer(
        title=f"A sample is on its way to {asked.where}",
        parts=tuple(parts),
        closing="Whoever runs Hubshift sees what waits with `hubshift outbox`.",
    )
