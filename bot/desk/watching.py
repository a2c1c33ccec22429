"""Watches: begun, changed, listed and ended, each change confirmed with its undoing."""

from msgspec.structs import replace

from bot.channel_settings import ChannelSettings
from bot.desk.asker import Refused
from bot.desk.holding import holds_now
from bot.desk.house import MOST_WATCHES, Asked, House, rule_line
from bot.desk.packs import PACKS
from bot.desk.reading import Unwatch, UnwatchPack, Watch, WatchPack, Wish
from bot.desk.saying import began, filtered, named, quiet_state, told_how, typed, until
from bot.render.answer import Answer, Table
from bot.rules import parse_rule
from bot.subscriptions import ALWAYS, How, Subscription
from bot.wording import plural, titled
from detectors.shift import SOURCE_RULE, Severity

_SOURCE = "It tells when the Hub's own figures cannot be trusted, and when they can again."


async def watch(house: House, asked: Asked, command: Watch) -> Answer:
    """Begin a watch or change one; a new one starts quiet and says what holds now."""
    asked.must_configure()
    before = next(
        (each for each in await house.watches(asked.channel) if each.rule == command.line), None
    )
    made = await _put(house, asked, command.line, command.wish)
    settings = await house.settings(asked.channel)
    parts: list[str | Table] = [_way(made, settings, house)]
    if before is None:
        told = _SOURCE
        if command.rule is not None:
            told = await holds_now(command.rule, house.store, asked.now)
        parts += ["", told]
    elif typed(before) == typed(made):
        parts += ["", "It was watched so already; nothing was changed."]
    else:
        parts += ["", f"Before: {_way(before, settings, house)}"]
    if settings.muted(asked.now) and settings.muted_until is not None:
        back = until(settings.muted_until, settings)
        parts += ["", f"The channel is muted until {back}; `unmute` ends that."]
    undo = f"unwatch {made.rule}" if before is None else typed(before)
    return Answer(
        title=f"{'Watching' if before is None else 'Changed'} in {asked.where}: {made.rule}",
        parts=tuple(parts),
        closing=f"Undo: `{undo}`. How often it would have fired: `preview {made.rule}`."
        if command.rule is not None
        else f"Undo: `{undo}`.",
        lasts=before is None or typed(before) != typed(made),
    )


async def watch_pack(house: House, asked: Asked, command: WatchPack) -> Answer:
    """Begin to watch every rule of a pack that is not watched yet."""
    asked.must_configure()
    pack, had = PACKS[command.pack], {each.rule for each in await house.watches(asked.channel)}
    rows = []
    for line, reason in pack.rules:
        rule = rule_line(line, house.labs)
        if rule not in had:
            await _put(house, asked, rule, command.wish)
        rows.append(("as before" if rule in had else "new", rule, reason))
    new = sum(row[0] == "new" for row in rows)
    settings = await house.settings(asked.channel)
    wish = command.wish
    example = Subscription(
        asked.channel.key,
        "",
        ALWAYS,
        how=wish.how,
        floor=wish.floor,
        include=wish.include,
        exclude=wish.exclude,
    )
    return Answer(
        title=f"Watching in {asked.where}: pack {command.pack}, {plural(new, 'new rule')}",
        parts=(
            f"For {pack.reader}. {_way(example, settings, house)}",
            "",
            Table(tuple(rows)),
            "",
            "Each starts quiet: what holds already is no news.",
        ),
        closing=f"Undo: `unwatch pack {command.pack}`. `watches` lists them; `preview RULE` says "
        "how often one would have fired.",
        lasts=new > 0,
    )


async def watches(house: House, asked: Asked) -> Answer:
    """List what a channel watches, numbered, each with how, since, filters and its quiet state."""
    found = await house.watches(asked.channel)
    off = [each for each in await house.all_of(asked.channel) if each.off]
    settings, standing = await house.settings(asked.channel), await house.store.standing()
    lines: list[str | Table] = []
    for number, each in enumerate(found, start=1):
        floor = house.floor_of(each.to, settings)
        about = [told_how(each, floor), filtered(each), began(each, asked.now)]
        lines.append(f"{number}. {named(each.rule)}")
        lines.append(f"    {', '.join(part for part in about if part)}")
        lines.append(f"    {quiet_state(each, settings, standing, asked.now)}")
    if not found:
        lines.append(
            "Nothing yet. `watch pack newsroom` begins with five rules; `help packs` lists"
        )
        lines.append(
            "what else there is, and `watch top 10 by trending in all` takes a single one."
        )
    if off:
        lines += ["", "Switched off here:", *(f"    {each.rule}" for each in off)]
    return Answer(
        title=f"{plural(len(found), 'watch', 'watches')} in {asked.where}",
        parts=tuple(lines),
        closing=f"As of {until(asked.now, settings)}. Change: `unwatch N`, `mute 7d N`, "
        "`watch RULE thread`; `settings` has the rest.",
    )


async def unwatch(house: House, asked: Asked, command: Unwatch) -> Answer:
    """End a watch, or all."""
    asked.must_configure()
    if command.which.low == "all":
        return await _unwatch_all(house, asked)
    chosen = await house.chosen(asked.words, command.which, asked.channel)
    await _end(house, asked, chosen)
    left = len(await house.watches(asked.channel))
    return Answer(
        title=f"No longer watched in {asked.where}: {chosen.rule}",
        parts=(f"{plural(left, 'watch remains', 'watches remain')}; `watches` lists them.",),
        closing=f"Undo: `{typed(chosen)}`.",
        lasts=True,
    )


async def unwatch_pack(house: House, asked: Asked, command: UnwatchPack) -> Answer:
    """End the watches of a pack's rules."""
    asked.must_configure()
    rules = [rule_line(line, house.labs) for line, _ in PACKS[command.pack].rules]
    chosen = [each for each in await house.watches(asked.channel) if each.rule in rules]
    if not chosen:
        raise Refused(
            f"No rule of the pack {command.pack} is watched in {asked.where}; nothing was "
            "changed. `watches` lists what is."
        )
    for each in chosen:
        await _end(house, asked, each)
    return Answer(
        title=f"No longer watched in {asked.where}: pack {command.pack}",
        parts=tuple(f"  {each.rule}" for each in chosen),
        closing=f"Undo: `watch pack {command.pack}`.",
        lasts=True,
    )


async def retune(house: House, asked: Asked, old: str, new: str) -> Answer:
    """Let a watch go from one rule to another, told in the same way."""
    rules = [rule_line(line, house.labs) for line in (old, new)]
    asked.must_configure()
    held = await house.watches(asked.channel)
    before = house.watch_of(rules[0], held, asked.channel)
    if rules[0] == rules[1]:
        return Answer(
            title=f"Nothing changed in {asked.where}: {rules[0]}",
            parts=("That is what is watched already.",),
            closing=f"Undo is not needed. How often it would have fired: `preview {rules[0]}`.",
        )
    if rules[1] in {each.rule for each in held}:
        raise Refused(
            f"“{rules[1]}” is watched in {asked.where} already, so nothing was changed. "
            f"`unwatch {rules[0]}` ends the other."
        )
    if SOURCE_RULE in rules:
        raise Refused("Trouble of the source has no threshold; there is nothing to tune.")
    wish = Wish(before.how, before.floor, before.include, before.exclude)
    made = await _put(house, asked, rules[1], wish)
    await _end(house, asked, before)
    settings = await house.settings(asked.channel)
    rule = parse_rule(made.rule, house.labs)
    return Answer(
        title=f"Tuned in {asked.where}: {made.rule}",
        parts=(
            f"Before: {before.rule}",
            _way(made, settings, house),
            "",
            await holds_now(rule, house.store, asked.now),
        ),
        closing=f"Undo: `unwatch {made.rule}`, then `{typed(before)}`.",
        lasts=True,
    )


async def _unwatch_all(house: House, asked: Asked) -> Answer:
    chosen = await house.watches(asked.channel)
    if not chosen:
        raise Refused(f"Nothing is watched in {asked.where}; nothing was changed.")
    for each in chosen:
        await _end(house, asked, each)
    return Answer(
        title=f"Nothing is watched in {asked.where} any longer",
        parts=("Each comes back by its line:", *(f"  {typed(each)}" for each in chosen)),
        closing="Alerts that were on their way still arrive; `mute 1d` stops them too.",
        lasts=True,
    )


async def _put(house: House, asked: Asked, rule: str, wish: Wish) -> Subscription:
    """Write a watch as it is wished for, since now if it is new; return it."""
    held = await house.watches(asked.channel)
    if rule not in {each.rule for each in held}:
        _room(held, asked)

    def wished(held: Subscription | None) -> Subscription:
        since = asked.now if held is None else held.since
        if _comes_with(house, asked, rule):
            since = ALWAYS
        return Subscription(
            channel=asked.channel.key,
            rule=rule,
            since=since,
            how=wish.how,
            floor=wish.floor,
            include=wish.include,
            exclude=wish.exclude,
            muted_until=held.muted_until if held else None,
            by=asked.asker.user,
        )

    made = await house.store.subscriptions.change(asked.channel, rule, wished)
    if made is None:
        raise AssertionError("a wish is never nothing")
    return made


async def _end(house: House, asked: Asked, chosen: Subscription) -> None:
    """Take a watch away; of one that comes with the channel it is kept that it is not wanted."""

    def ended(_held: Subscription | None) -> Subscription | None:
        if _comes_with(house, asked, chosen.rule):
            return replace(chosen, off=True, muted_until=None, by=asked.asker.user)
        return None

    await house.store.subscriptions.change(asked.channel, chosen.rule, ended)


def _comes_with(house: House, asked: Asked, rule: str) -> bool:
    return any(each.rule == rule for each in house.given(asked.channel))


def _room(held: list[Subscription], asked: Asked) -> None:
    if len(held) >= MOST_WATCHES:
        raise Refused(
            f"{MOST_WATCHES} watches are the most for {asked.where}; end one first with "
            "`unwatch N`."
        )


def _way(watch: Subscription, settings: ChannelSettings, house: House) -> str:
    """Say how a watch is told and what it is limited to."""
    limits, floor = filtered(watch), watch.floor or house.floor_of(watch.to, settings)
    later = watch.how is not How.DIGEST and floor is not Severity.INFO
    rest = "; what weighs less waits for the digest" if later else ""
    told = f"Told {told_how(watch, floor)}{rest}."
    return f"{told} {titled(limits)}." if limits else told
