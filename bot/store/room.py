"""How much room a server has left for what it is to keep."""

from redis.asyncio import Redis

from bot.store.errors import StoreError, storing

_FULL = 0.95


@storing("asking for its room")
async def room_of(client: Redis) -> str:
    """Say how much of its memory a server uses, in a clause.

    Raises:
        StoreError: it is full, or nearly so, and refuses what is new.
    """
    told = await client.info("memory")
    used, most = int(told["used_memory"]), int(told.get("maxmemory") or 0)
    if not most:
        return f"uses {used / 1e6:,.0f} MB of memory, without a limit of its own"
    said = f"{used / 1e6:,.0f} of the {most / 1e6:,.0f} MB of memory that it may"
    if used >= _FULL * most:
        raise StoreError(
            f"the store uses {said}, and refuses what is new once it is full: raise its "
            "maxmemory, or give it a larger machine"
        )
    return f"uses {said}"
