"""/hubshift setup: one form for where alerts go, what is told there, and when the digest comes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import discord
from discord import app_commands, ui

from bot.chat.discord.answers import answered, refused
from bot.chat.discord.asking import (
    LIFE,
    Desk,
    all_of,
    asker_of,
    may_configure,
    sources_of,
)
from bot.chat.discord.changes import Days
from bot.chat.discord.replies import UNREACHED, Reply, kindly, respond, say, sending
from bot.chat.discord.view import view_of
from bot.desk import KIND, Answer, Asker
from bot.desk.packs import PACKS

SETUP = "hubshift:setup"
CHANNEL, PACK, DAY, HOUR, ZONE = "channel", "pack", "day", "hour", "zone"
_KINDS = [discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum]
Room = discord.TextChannel | discord.ForumChannel
_NEEDED = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "embed_links",
    "attach_files",
    "read_message_history",
)
_MANAGERS = (
    "Only who has Manage Server in a server can set Hubshift up there. Ask one of them to type "
    "/hubshift setup; look-ups are open to everybody."
)
_NO_CHANNEL = "That is no text, announcement or forum channel of this server. Pick another one."
_BLIND = "The bot cannot see that channel. Give it View Channel there, then set it up again."
_UNKNOWN = "Discord does not show that channel. Pick another one, or try again in a minute."
_NOTHING = "Nothing was chosen, so nothing was changed. /hubshift help watch shows what there is."
_TITLE = "Hubshift is set up here"


class Form(ui.Modal):
    """What is left open stays as it is. What is sent is taken by `take`, by whichever process."""

    def __init__(self, here: discord.abc.Snowflake | None) -> None:
        super().__init__(title="Set Hubshift up", custom_id=SETUP, timeout=LIFE)
        chosen = [discord.SelectDefaultValue.from_channel(here)] if here else []
        channel = ui.ChannelSelect[Any](
            custom_id=CHANNEL, channel_types=_KINDS, default_values=chosen, required=True
        )
        self._add("Where alerts go", "a text, announcement or forum channel", channel)
        packs = [
            discord.SelectOption(label=name, value=name, description=f"for {pack.reader}"[:100])
            for name, pack in PACKS.items()
        ]
        self._add("What is told there", "five rules that go together", _select(PACK, packs))
        days = [_option(day) for day in get_args(Days)]
        self._add("The day of the weekly digest", "Monday unless you say", _select(DAY, days))
        hours = [_option(f"{hour}:00", str(hour)) for hour in range(24)]
        self._add("The hour of the digest", "9:00 unless you say", _select(HOUR, hours))
        zone = ui.TextInput[Any](custom_id=ZONE, placeholder="Europe/Berlin", required=False)
        self._add("The channel's clock", "a zone such as America/New_York; UTC at first", zone)

    def _add(self, label: str, about: str, component: ui.Item[Any]) -> None:
        self.add_item(ui.Label[Any](text=label, description=about, component=component))


@app_commands.command()
async def setup(interaction: discord.Interaction) -> None:
    """Choose a channel, what it is told, and when its digest comes."""
    if not may_configure(interaction):
        await say(interaction, _MANAGERS)
        return
    here = interaction.channel
    fits = isinstance(here, discord.TextChannel | discord.ForumChannel)
    async with kindly(interaction), sending():
        await interaction.response.send_modal(Form(here if fits else None))


async def take(found: discord.Interaction, filled: Mapping[str, Any]) -> None:
    """Do what the form says, where the bot may post there; say it here and there."""
    if not may_configure(found):
        await say(found, _MANAGERS)
        return
    await respond(found, _taken(found, filled), sources_of(found).soon)


async def _taken(found: discord.Interaction, filled: Mapping[str, Any]) -> Reply:
    room = await _room(found, _one(filled.get(CHANNEL)))
    if isinstance(room, str):
        return Reply(refused(room))
    missing = lacking(room)
    if missing:
        return Reply(refused(_lacks(room, missing)))
    asker = asker_of(found)
    there = replace(
        asker, channel=replace(asker.channel, address=str(room.id)), called=f"#{room.name}"
    )
    try:
        answer = await _done(sources_of(found).desk, list(lines_of(filled)), there)
    except KIND as error:
        return Reply(refused(str(error)))
    if answer is None:
        return Reply(refused(_NOTHING))
    if room.id == found.channel_id:
        return Reply(answered(answer), answer.lasts, answer.picture)
    return Reply(answered(answer) if await _confirmed(room, answer) else refused(_unsaid(room)))


async def _done(desk: Desk, lines: Sequence[str], there: Asker) -> Answer | None:
    """Do what lines say, and send to a channel again that was suspended: the bot may post there.

    None where there was nothing to do.
    """
    again = await desk.resume(there)
    if lines:
        answer = await all_of(desk, lines, there)
        return replace(answer, parts=(*answer.parts, "", *again)) if again else answer
    if not again:
        return None
    closing = "/hubshift watches lists what is watched there."
    return Answer(f"Alerts are sent to {there.where} again", (*again,), closing, lasts=True)


def lines_of(filled: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the form asks for as the lines a person would type: what may be wrong first."""
    zone, day, hour, pack = (_one(filled.get(name)) for name in (ZONE, DAY, HOUR, PACK))
    if zone:
        yield f"settings zone {zone}"
    if day == "off":
        yield "settings digest off"
    elif day or hour:
        yield " ".join(part for part in ("settings digest", day, hour) if part)
    if pack:
        yield f"watch pack {pack}"


def lacking(room: Room) -> list[str]:
    """Return the permissions that the bot needs in a channel and lacks, as Discord names them.

    Of a server that Discord has not shown yet nothing is known; there the first message tells.
    """
    if room.guild.unavailable or room.guild.me is None:
        return []
    here, anywhere = room.permissions_for(room.guild.me), room.guild.me.guild_permissions
    if here.view_channel and here.send_messages:
        lacks = {name for name in _NEEDED if not getattr(here, name)}
    else:
        # Who may not see a channel, or not write in it, is shown as lacking all the rest there.
        first = "send_messages" if here.view_channel else "view_channel"
        lacks = {first, *(name for name in _NEEDED if not getattr(anywhere, name))}
    return [name.replace("_", " ").title() for name in _NEEDED if name in lacks]


async def _room(found: discord.Interaction, chosen: str) -> Room | str:
    """Return the channel chosen; why not where it is none of this server, or out of sight."""
    if not chosen.isascii() or not chosen.isdigit() or found.guild is None:
        return _NO_CHANNEL
    room: Any = found.guild.get_channel(int(chosen))
    if room is None:
        try:
            room = await found.client.fetch_channel(int(chosen))
        except (discord.NotFound, discord.Forbidden):
            return _BLIND
        except (discord.InvalidData, *UNREACHED):
            return _UNKNOWN
    fits = isinstance(room, discord.TextChannel | discord.ForumChannel)
    return room if fits and room.guild.id == found.guild_id else _NO_CHANNEL


async def _confirmed(room: Room, answer: Answer) -> bool:
    """Say in the channel itself what it is told from now on; False where that fails."""
    view = view_of(answered(answer))
    try:
        if isinstance(room, discord.ForumChannel):
            await room.create_thread(name=_TITLE, view=view)
        else:
            await room.send(view=view)
    except UNREACHED:
        return False
    return True


def _lacks(room: Room, missing: Sequence[str]) -> str:
    named = ", ".join(missing)
    return (
        f"The bot may not post in #{room.name}: it lacks {named}. Nothing was changed. Give it "
        "that in the channel's settings (Permissions), then set it up again."
    )


def _unsaid(room: Room) -> str:
    return (
        f"#{room.name} is set up, but the bot could not post there to say so. /hubshift test in "
        "that channel shows whether alerts arrive."
    )


def _select(name: str, options: list[discord.SelectOption]) -> ui.Select[Any]:
    return ui.Select[Any](
        custom_id=name, options=options, placeholder="as it is", min_values=0, required=False
    )


def _option(label: str, value: str = "") -> discord.SelectOption:
    return discord.SelectOption(label=label.capitalize(), value=value or label)


def _one(given: object) -> str:
    """Return the text typed, or the one value chosen."""
    first = given[0] if isinstance(given, list) and given else given
    return " ".join(first.split()) if isinstance(first, str) else ""
