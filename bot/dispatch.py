"""From the outbox to a Messenger: told in order, settled once it is told."""

from bot.channel import Channel
from bot.chat.base import DeliveryError, Messenger, Posting
from bot.render import message_of
from bot.store.store import Store

_STEP = 100


async def drain(store: Store, channel: Channel, messenger: Messenger) -> int:
    """Tell a channel everything that waits for it, oldest first, and return how many messages.

    A message is settled after it was told: a process that dies in between tells it once more,
    with the same ids. A message that can never be told is settled with the reason.

    Raises:
        DeliveryError: the channel cannot be reached now; what waits goes on waiting.
    """
    told = 0
    while waiting := await store.waiting(str(channel), _STEP):
        for delivery, shifts in waiting:
            try:
                posting = Posting(delivery.id, message_of(shifts), shifts=tuple(shifts))
                await messenger.send(channel, posting)
            except DeliveryError as error:
                if not error.permanent:
                    raise
                await store.settle(delivery, f"never told: {error}")
            else:
                await store.settle(delivery, "told")
                told += 1
    return told
