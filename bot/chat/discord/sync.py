"""Tells Discord of the commands where they have changed: a step of a deploy, never of a start."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from discord import app_commands

from bot.chat.discord.rest import Rest
from bot.chat.discord.tree import written

_COMMANDS = "/applications/{application}/commands"


async def sync(rest: Rest, tree: app_commands.CommandTree[Any]) -> bool:
    """Write the commands where what stands at Discord differs; return whether it did.

    Trouble where Discord refuses.
    """
    wanted = written(tree)
    application = str((await rest.call("GET", "/applications/@me"))["id"])
    standing = await rest.call("GET", _COMMANDS, application=application)
    if fingerprint(standing) == fingerprint(wanted):
        return False
    await rest.call("PUT", _COMMANDS, body=wanted, application=application)
    return True


def fingerprint(commands: Sequence[Mapping[str, Any]]) -> str:
    """Return a hash of what people see of commands, whatever Discord adds when it keeps them."""
    plain = sorted((_plain(each) for each in commands), key=lambda each: str(each.get("name")))
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _plain(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {key: _plain(part[key]) for key in _SEEN if part.get(key)}
    return [_plain(each) for each in part] if isinstance(part, list) else part


_SEEN = (
    "name",
    "description",
    "type",
    "options",
    "choices",
    "value",
    "required",
    "autocomplete",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
    "default_member_permissions",
)
