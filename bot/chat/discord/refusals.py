"""What Discord's refusals mean for a message and its channel, in words for the person who acts."""

from bot.chat.base import DeliveryError, Fate
from bot.chat.discord.rest import Trouble

REVOKED = (
    "Discord does not take the bot's token. Make a new one in the Developer Portal (Bot, Reset "
    "Token), set DISCORD_BOT_TOKEN to it and start again."
)
_NOT_DISCORD = (
    "What answers is not Discord's API, or something on the way blocks it. Look at "
    "HUBSHIFT_DISCORD_API_URL (it ends in /api/v10) and at this machine's way to the internet."
)
_BANNED = (
    "Discord blocks this address for a while, as it does after very many refused requests. Wait, "
    "and see that no other bot runs here."
)
_GONE = "The channel is gone. Choose another one for Hubshift."
_BLIND = (
    "The bot cannot see this channel. Add it to the server, or give it View Channel there, then "
    "type /hubshift test there."
)
_FORBIDS = (
    "The bot may not post here. Give it View Channel, Send Messages, Send Messages in Threads, "
    "Embed Links, Attach Files and Read Message History in this channel, then "
    "type /hubshift test there."
)
_LOCKED = "The thread is archived or locked. Reopen it, or choose another channel."
_NO_TEXT = "This is no channel that takes messages. Choose a text, announcement or forum channel."
_LARGE = "The message or its picture is too large for Discord; it is left out."
_MALFORMED = "Discord does not take the message in this form; it is left out. Please report it."
_MODERATED = (
    "The server's AutoMod blocks the message; it is left out. Exempt Hubshift's role from the rule."
)
_BUSY = "Discord takes no messages here for a moment; it will be tried again."

_NOWHERE, _BROKEN = 404, 500
# Refused requests are counted over 10 minutes.
# https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
_A_WHILE, _A_MOMENT = 600.0, 5.0

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes
_MEANT: tuple[tuple[Fate, str, tuple[int, ...]], ...] = (
    (Fate.AGAIN, "Slow mode is on in this channel; it will be tried again.", (20016,)),
    (Fate.AGAIN, _BUSY, (20022, 20028, 20029, 30046, 40004, 40006, 40062, 110000, 130000)),
    (
        Fate.AGAIN,
        "The server has as many open threads as Discord allows; archive some.",
        (160006, 160007),
    ),
    (Fate.NEVER, "The channel has as many web hooks as Discord allows; remove one.", (30007,)),
    (Fate.NEVER, _LARGE, (40005, 50045)),
    (Fate.NEVER, _MALFORMED, (50006, 50035, 50109)),
    (Fate.NEVER, _MODERATED, (200000, 200001)),
    (
        Fate.NEVER,
        "Discord's filter of harmful links blocks the message; it is left out.",
        (240000,),
    ),
    (Fate.CHANNEL, _GONE, (10003,)),
    (Fate.CHANNEL, "The server is gone, or the bot was removed from it.", (10004,)),
    (Fate.CHANNEL, "The thread has as many members as Discord allows; choose another.", (30033,)),
    (Fate.CHANNEL, _NO_TEXT, (40058, 50008, 50024)),
    (
        Fate.CHANNEL,
        "This forum wants a tag that only moderators may set; add one for all.",
        (40066,),
    ),
    (Fate.CHANNEL, "This forum wants a tag on each post and has none; add one.", (40067,)),
    (Fate.CHANNEL, _BLIND, (50001,)),
    (Fate.CHANNEL, "This person takes no messages from the bot.", (50007,)),
    (Fate.CHANNEL, "The server's verification level keeps the bot out of this channel.", (50009,)),
    (Fate.CHANNEL, _FORBIDS, (50013, 340016)),
    (Fate.CHANNEL, _LOCKED, (50083, 160005)),
    (Fate.CHANNEL, "Discord does not offer this server where Hubshift runs.", (50095,)),
    (Fate.CHANNEL, "This person shares no server with the bot.", (50278,)),
    (Fate.PLATFORM, REVOKED, (40001, 50014)),
    (Fate.PLATFORM, "Discord wants the bot's owner to verify the account.", (40002,)),
    (Fate.PLATFORM, _NOT_DISCORD, (40333,)),
    (Fate.PLATFORM, "Discord no longer serves this version of its API; update Hubshift.", (50041,)),
)
_CODES = {code: (fate, advice) for fate, advice, codes in _MEANT for code in codes}


def delivery_error(trouble: Trouble, place: str, *, posting: bool = True) -> DeliveryError:
    """Return what a trouble means for who wanted to post, or with `posting` off only to read.

    What was only read is never in doubt: it may be read again.
    """
    fate, advice = _meaning(trouble)
    if fate is Fate.UNKNOWN and not posting:
        fate, advice = Fate.AGAIN, "It will be asked again."
    wait = trouble.retry_after
    if fate is Fate.PLATFORM and wait is None and (trouble.everywhere or trouble.foreign):
        # Nobody has to act here: it is asked again when it may have passed.
        wait = _A_WHILE if trouble.foreign else _A_MOMENT
    reason = f"Discord channel {place}: {trouble.note.rstrip('.')}. {advice}"
    code = f" (Discord's code {trouble.code})" if trouble.code else ""
    return DeliveryError(reason + code, fate=fate, retry_after=wait)


def advice_of(trouble: Trouble) -> str:
    """Return what to do about a call that was about the bot itself and no channel."""
    if trouble.status in _OF_THE_PLATFORM:
        return _meaning(trouble)[1]
    if trouble.foreign and trouble.status < _BROKEN:
        return _NOT_DISCORD
    if trouble.sent or not trouble.status:
        return "Doing it again does no harm."
    if trouble.status == _NOWHERE and not trouble.code:
        return _NOT_DISCORD
    return f"Please report it, with Discord's code {trouble.code}."


def _meaning(trouble: Trouble) -> tuple[Fate, str]:
    if trouble.status in _OF_THE_PLATFORM:
        return _OF_THE_PLATFORM[trouble.status](trouble)
    if trouble.sent:
        return Fate.UNKNOWN, "The message may have arrived; Hubshift looks before it posts again."
    if not trouble.status:
        return Fate.AGAIN, "Nothing was sent; it will be tried again."
    if trouble.code not in _CODES and trouble.foreign:
        return Fate.PLATFORM, _NOT_DISCORD
    return _CODES.get(trouble.code) or _STATUSES.get(trouble.status, (Fate.NEVER, _MALFORMED))


def _revoked(_: Trouble) -> tuple[Fate, str]:
    return Fate.PLATFORM, REVOKED


def _limited(trouble: Trouble) -> tuple[Fate, str]:
    if trouble.everywhere:
        return Fate.PLATFORM, "The bot has used up what Discord allows it in all; it pauses."
    if trouble.foreign:
        return Fate.PLATFORM, _BANNED
    return Fate.AGAIN, _CODES.get(trouble.code, (Fate.AGAIN, _BUSY))[1]


_OF_THE_PLATFORM = {401: _revoked, 429: _limited}
_STATUSES = {403: (Fate.CHANNEL, _FORBIDS), 404: (Fate.CHANNEL, _GONE), 413: (Fate.NEVER, _LARGE)}
