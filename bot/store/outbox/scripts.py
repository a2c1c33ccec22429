"""The outbox's scripts, each behind what they share."""

from functools import cache

from bot.store.lua import lua

# A full server still lets a delivery be settled: nothing is sent twice for want of memory.
# https://redis.io/docs/latest/develop/programmability/lua-api/#script-flags
_ALLOWED = "#!lua flags=allow-oom\n"


@cache
def shared() -> str:
    """Return the functions that the scripts share."""
    return lua("shared", "bot.store.outbox")


@cache
def script(name: str) -> str:
    """Return one script of the outbox."""
    own = lua(name, "bot.store.outbox")
    # What is added is new, and may be refused; what is settled only makes room.
    return f"{'' if name == 'add' else _ALLOWED}{shared()}\n{own}"
