"""What an owner of Hubshift sees of its deliveries, and decides about them."""

import uuid

from bot.channel import CONSOLE, EVERY, PLATFORMS, WEBHOOK, Channel
from bot.chat.base import DeliveryError, Fate, Messenger, Posting
from bot.delivery import Delivery
from bot.render.message import Message
from bot.store.outbox import Office, Undelivered
from bot.store.store import Store
from bot.wording import clean, listing, plural
from detectors.snapshot import instant

_FEW, _MANY = 10, 500
ALL = "all"
_SUMMED = "sent_ms"
"""The one counter that counts no deliveries: the metrics show it, as seconds."""


class NoSuchDelivery(ValueError):
    """There is no dead letter or suspended channel of this name."""

    exit_code = 2


async def listed(store: Store, name: str | None = None) -> str:
    """Return what waits, what is suspended, dead letters, notices and the last outcomes.

    With the name of a channel, only of that one, and more of what became of its deliveries.
    """
    office = store.office
    if name is not None:
        chosen = await _known(office, Channel.parse(name))
        return "\n".join([line for each in chosen for line in await _channel(office, each, _MANY)])
    lines = [_stopped(*each) for each in (await office.stopped()).items()]
    for channel in await office.channels():
        lines += await _channel(office, channel, _FEW)
    dead = await office.dead()
    lines += [f"dead letter {await _row(store, each)}" for each in dead]
    notices = await office.notices()
    lines += [f"notice: {each.about}: {clean(each.text, None)}" for each in notices[:_FEW]]
    counted = await office.counters()
    total = ", ".join(f"{name} {value:,}" for name, value in counted.items() if name != _SUMMED)
    lines.append(f"In all: {total}." if total else "Nothing yet.")
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
    """Send again to a suspended channel, or with a token that was stopped.

    Without a tenant, every suspended channel of that address is meant.
    """
    platform, _, tenant = name.partition("@")
    if platform in PLATFORMS and platform != CONSOLE:
        return await _token_resumed(store, platform, tenant)
    wanted = Channel.parse(name)
    known = await _known(store.office, wanted)
    done = [each for each in known if await store.outbox.resume_channel(each)]
    if not done:
        raise NoSuchDelivery(f"{wanted.shown} is not suspended; `hubshift outbox` lists what is")
    verb = "is" if len(done) == 1 else "are"
    return f"{listing([each.shown for each in done])} {verb} sent to again."


async def _token_resumed(store: Store, platform: str, tenant: str) -> str:
    stopped = [each for each in await store.office.stopped() if each[0] == platform]
    chosen = [each for each in stopped if tenant in {"", each[1]}]
    if not chosen:
        raise NoSuchDelivery(f"nothing of {platform} is stopped; `hubshift outbox` lists what is")
    count = sum([await store.outbox.resume(*each) for each in chosen])
    return f"{platform} is sent to again; {plural(count, 'channel')} waited for that."


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


async def _known(office: Office, wanted: Channel) -> list[Channel]:
    """Return the channels that a name means, of whichever tenant where it gives none."""
    found = [
        each
        for each in await office.channels()
        if each.place == wanted.place and wanted.tenant in {"", each.tenant}
    ]
    if not found:
        raise NoSuchDelivery(f"nothing was ever sent to {wanted.shown}")
    return found


async def _channel(office: Office, channel: Channel, most: int) -> list[str]:
    why = await office.suspended(channel)
    waiting = await office.waiting(channel)
    lines = [f"{channel.shown}: {plural(len(waiting), 'message')} waiting"]
    if why:
        how = f"`hubshift outbox resume {_named(channel)}`"
        lines[0] += f", suspended: {clean(why, None)} ({how})"
    lines += [
        f"  {each.delivery.id} {each.state}, {plural(each.tries, 'try', 'tries')} failed"
        + (f": {clean(each.reason, None)}" if each.reason else "")
        for each in waiting[:most]
    ]
    lines += [
        f"  {instant(each.time.replace(microsecond=0))} {each.id} {each.outcome}"
        + (f": {clean(each.reason, None)}" if each.reason else "")
        for each in await office.log(channel, most)
    ]
    return lines


def _stopped(token: tuple[str, str], why: str) -> str:
    platform, tenant = token
    name = platform if tenant in {"", EVERY} else f"{platform}@{tenant}"
    return f"{name} is stopped: {clean(why, None)} (`hubshift outbox resume {name}`)"


def _named(channel: Channel) -> str:
    """Return a channel as a command names it; a web hook's address stays with who set it."""
    return f"{channel.platform}:…" if channel.platform == WEBHOOK else str(channel)


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
