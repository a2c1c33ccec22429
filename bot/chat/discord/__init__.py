"""Discord: alerts as Components V2, posted over REST alone; the gateway is for what people ask."""

from bot.chat.discord.messenger import DiscordMessenger
from bot.chat.discord.rest import at_once

__all__ = ["DiscordMessenger", "at_once"]
