"""What an owner of Hubshift sees of its deliveries, and decides about them."""

import uuid
from datetime import datetime

from bot.channel import Channel
from bot.chat.base import DeliveryError, Fate, Messenger, Posting
from bot.delivery import Delivery
from bot.render.message import Message, Tone
from bot.store.outbox import Office, Undelivered
from bot.store.store import Store
from bot.wording import clean, plural
from detectors.snapshot import instant

_LINES = 10
ALL = "all"


class NoSuchDelivery(ValueError):
    """There is no dead letter or suspended channel of this name."""

    exit_code = 2


async def listed(store: Store) -> str:
    """Return what waits, what is suspended, dead letters, notices and the last outcomes."""
    office = store.office
    lines: list[str] = []
    for channel in await office.channels():
        lines += await _channel(office, channel)
    dead = await office.dead()
    lines += [f"dead letter {await _row(store, each)}" for each in dead]
    notices = await office.notices()
    lines += [f"notice: {each.about}: {clean(each.text, None)}" for each in notices[:_LINES]]
    counted = await office.counters()
    lines.append(
        ", ".join(f"{name} {value:,}" for name, value in counted.items()) or "Nothing yet."
    )
    if dead:
        lines.append(
            "`hubshift outbox retry ID` tries one again, `drop ID` lets it go; ID may be all."
        )
    return "\n".join(lines)


async def retried(office: Office, name: str) -> str:
    """Queue dead letters anew: one by its id, or all."""
    chosen = [each for each in await _chosen(office, name) if await office.retry(each)]
    return f"{plural(len(chosen), 'delivery', 'deliveries')} will be tried again."


async def dropped(office: Office, name: str) -> str:
    """Let go of dead letters: one by its id, or all."""
    chosen = [each for each in await _chosen(office, name) if await office.drop(each)]
    return f"{plural(len(chosen), 'delivery', 'deliveries')} dropped."


async def resumed(store: Store, name: str) -> str:
    """Send to a suspended channel again."""
    channel = Channel.parse(name)
    if not await store.outbox.resume_channel(channel):
        raise NoSuchDelivery(f"{channel.shown} is not suspended; `hubshift outbox` lists what is")
    return f"{channel.shown} is sent to again."


async def sampled(channel: Channel, messengers: list[Messenger], message: Message) -> str:
    """Post a sample to a channel at once and say where it stands.

    Raises:
        DeliveryError: the platform did not take it, or its token is not set.
    """
    chosen = [each for each in messengers if each.platform == channel.platform]
    if not chosen:
        token = f"{channel.platform.upper()}_BOT_TOKEN"
        raise DeliveryError(f"{channel.shown} needs {token}, which is not set", fate=Fate.NEVER)
    receipt = await chosen[0].send(channel, Posting(uuid.uuid4().hex[:24], message))
    return f"{channel.shown} has it, as message {clean(receipt.id)}."


async def _channel(office: Office, channel: Channel) -> list[str]:
    why = await office.suspended(channel)
    waiting = await office.waiting(channel)
    lines = [f"{channel.shown}: {plural(len(waiting), 'message')} waiting"]
    if why:
        lines[0] += (
            f", suspended: {clean(why, None)} (`hubshift outbox resume {channel.platform}:…`)"
        )
    lines += [
        f"  {each.delivery.id} {each.state}, {plural(each.tries, 'try', 'tries')} failed"
        + (f": {clean(each.reason, None)}" if each.reason else "")
        for each in waiting[:_LINES]
    ]
    lines += [
        f"  {instant(each.time)} {each.id} {each.outcome}"
        + (f": {clean(each.reason, None)}" if each.reason else "")
        for each in await office.log(channel, _LINES)
    ]
    return lines


async def _row(store: Store, dead: Undelivered) -> str:
    told: Delivery = dead.delivery
    keys = ", ".join(clean(shift.key) for shift in await store.shifts_of(told.shifts))
    about = f" ({keys})" if keys else ""
    return f"{told.id} to {told.to.shown}{about}: {clean(dead.reason, None)}"


async def _chosen(office: Office, name: str) -> list[Undelivered]:
    dead = await office.dead()
    chosen = [each for each in dead if name in {ALL, each.delivery.id}]
    if not chosen and name != ALL:
        raise NoSuchDelivery(f"{name!r} is no dead letter; `hubshift outbox` lists them")
    return chosen


def sample_message(at: datetime) -> Message:
    """Return what send-test posts."""
    return Message(
        title="A test from Hubshift",
        sentence="Alerts will arrive here and look like this.",
        why="Somebody ran `hubshift send-test`; nothing on the Hub has shifted.",
        evidence=("no metric · no scope · a sample",),
        tone=Tone.NOTICE,
        at=at,
        link="https://huggingface.co/models",
    )
