"""A watch is written down or taken away, and put into words for the answer that says so."""

from msgspec.structs import replace

from bot.channel_settings import ChannelSettings
from bot.desk.asker import Refused
from bot.desk.house import MOST_WATCHES, Asked, House
from bot.desk.reading import Wish
from bot.desk.saying import filtered, told_how
from bot.subscriptions import ALWAYS, How, Subscription
from bot.wording import titled
from detectors.shift import Severity


async def put(house: House, asked: Asked, rule: str, wish: Wish) -> Subscription:
    """Write a watch as it is wished for, since now if it is new; return it."""
    held = await house.watches(asked.channel)
    if rule not in {each.rule for each in held}:
        _room(held, asked)
    looks = await house.last_looks()

    def wished(held: Subscription | None) -> Subscription:
        since, after = (asked.now, looks) if held is None else (held.since, held.after)
        if _comes_with(house, asked, rule):
            since, after = ALWAYS, None
        return Subscription(
            channel=asked.channel.key,
            rule=rule,
            since=since,
            how=wish.how,
            floor=wish.floor,
            include=wish.include,
            exclude=wish.exclude,
            muted_from=held.muted_from if held else None,
            muted_until=held.muted_until if held else None,
            by=asked.asker.user,
            after=after,
        )

    made = await house.store.subscriptions.change(asked.channel, rule, wished)
    if made is None:
        raise AssertionError("a wish is never nothing")
    return made


async def end(house: House, asked: Asked, chosen: Subscription) -> int:
    """Take a watch away, and what waits of it; return how many alerts that was.

    Of one that comes with the channel it is kept that it is not wanted.
    """

    def ended(_held: Subscription | None) -> Subscription | None:
        if _comes_with(house, asked, chosen.rule):
            return replace(chosen, off=True, muted_until=None, by=asked.asker.user, after=None)
        return None

    await house.store.subscriptions.change(asked.channel, chosen.rule, ended)
    return await house.withdraw(asked.channel, chosen.rule, "its watch ended while it waited")


def way(watch: Subscription, settings: ChannelSettings, house: House) -> str:
    """Say how a watch is told and what it is limited to."""
    limits, floor = filtered(watch), watch.floor or house.floor_of(watch.to, settings)
    later = watch.how is not How.DIGEST and floor is not Severity.INFO
    rest = "; what weighs less waits for the digest" if later else ""
    told = f"Told {told_how(watch, floor)}{rest}."
    return f"{told} {titled(limits)}." if limits else told


def _comes_with(house: House, asked: Asked, rule: str) -> bool:
    return any(each.rule == rule for each in house.given(asked.channel))


def _room(held: list[Subscription], asked: Asked) -> None:
    if len(held) >= MOST_WATCHES:
        raise Refused(
            f"{MOST_WATCHES} watches are the most for {asked.where}; end one first with "
            "`unwatch N`."
        )
