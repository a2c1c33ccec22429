"""Discord: alerts as Components V2, posted over REST alone; the gateway is for what people ask."""

import warnings

from bot.chat.discord.messenger import DiscordMessenger
from bot.chat.discord.rest import at_once

__all__ = ["DiscordMessenger", "at_once"]

# discord.py imports its voice player with everything else; nothing here speaks.
warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
