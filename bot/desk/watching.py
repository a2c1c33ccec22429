"""Watches: begun, changed, listed and ended, each change confirmed with its undoing."""

from bot.channel_settings import ChannelSettings
from bot.desk.asker import Refused
from bot.desk.holding import holds_now
from bot.desk.house import Asked, House
from bot.desk.putting import end, put, way
from bot.desk.reading import Unwatch, Watch
from bot.desk.saying import began, filtered, let_go, named, quiet_state, told_how, typed, until
from bot.render.answer import Answer, Table
from bot.wording import plural

_NOTHING = (
    "Nothing yet. `watch pack newsroom` begins with five rules, `help packs` lists what else there "
    "is, and `watch top 10 by trending in all` takes a single one."
)
_SOURCE = "It tells when the Hub's own figures cannot be trusted, and when they can again."


async def watch(house: House, asked: Asked, command: Watch) -> Answer:
    """Begin a watch or change one; a new one starts quiet and says what holds now."""
    asked.must_configure()
    before = next(
        (each for each in await house.watches(asked.channel) if each.rule == command.line), None
    )
    made = await put(house, asked, command.line, command.wish)
    settings = await house.settings(asked.channel)
    parts: list[str | Table] = [way(made, settings, house)]
    same = before is not None and typed(before) == typed(made)
    verb = "Watching" if before is None else "As before" if same else "Changed"
    if before is None:
        told = _SOURCE
        if command.rule is not None:
            told = await holds_now(command.rule, house.store, asked.now)
        parts += ["", told]
    elif same:
        parts += ["", "It was watched so already; nothing was changed."]
    else:
        parts += ["", f"Before: {way(before, settings, house)}"]
    if made.muted(asked.now) and made.muted_until is not None:
        back = until(made.muted_until, settings)
        parts += ["", f"It is muted until {back}; `unmute {made.rule}` ends that."]
    if settings.muted(asked.now) and settings.muted_until is not None:
        back = until(settings.muted_until, settings)
        parts += ["", f"The channel is muted until {back}; `unmute` ends that."]
    unsent = await house.held_up(asked.channel)
    parts += ["", *unsent] if unsent else []
    undo = f"unwatch {made.rule}" if before is None or same else typed(before)
    often = f" How often it would have fired: `preview {made.rule}`." if command.rule else ""
    return Answer(
        title=f"{verb} in {asked.where}: {made.rule}",
        parts=tuple(parts),
        closing=f"{'End it' if same else 'Undo'}: `{undo}`.{often}",
        lasts=not same,
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
        lines.append(_NOTHING)
    lines += await _held_up(house, settings, asked)
    if off:
        lines += ["", "Switched off here:", *(f"    {each.rule}" for each in off)]
    return Answer(
        title=f"{plural(len(found), 'watch', 'watches')} in {asked.where}",
        parts=tuple(lines),
        closing=f"As of {until(asked.now, settings)}. Change: `unwatch N`, `mute 7d N`, "
        "`watch RULE thread`; `settings` has the rest.",
    )


async def _held_up(house: House, settings: ChannelSettings, asked: Asked) -> list[str]:
    """Say what keeps alerts from the channel as a whole, a mute apart."""
    unsent = await house.held_up(asked.channel)
    if unsent:
        return ["", *unsent]
    end = settings.quiet_until(asked.now)
    return ["", f"Quiet hours: alerts wait until {until(end, settings)}."] if end else []


async def unwatch(house: House, asked: Asked, command: Unwatch) -> Answer:
    """End a watch, or all."""
    asked.must_configure()
    if command.which.low == "all":
        return await _unwatch_all(house, asked)
    chosen = await house.chosen(asked, command.which)
    gone = await end(house, asked, chosen)
    left = len(await house.watches(asked.channel))
    return Answer(
        title=f"No longer watched in {asked.where}: {chosen.rule}",
        parts=(
            f"{plural(left, 'watch remains', 'watches remain')}; `watches` lists them.",
            *let_go(gone),
        ),
        closing=f"Undo: `{typed(chosen)}`.",
        lasts=True,
    )


async def _unwatch_all(house: House, asked: Asked) -> Answer:
    chosen = await house.watches(asked.channel)
    if not chosen:
        raise Refused(f"Nothing is watched in {asked.where}; nothing was changed.")
    gone = sum([await end(house, asked, each) for each in chosen])
    return Answer(
        title=f"Nothing is watched in {asked.where} any longer",
        parts=(
            "Each comes back by its line:",
            *(f"  {typed(each)}" for each in chosen),
            *let_go(gone),
        ),
        closing="An alert of several rules that waits still comes; `mute 1d` stops that too.",
        lasts=True,
    )
