"""Packs: several watches begun and ended at once."""

from bot.desk.asker import Refused
from bot.desk.house import Asked, House, rule_line
from bot.desk.packs import PACKS
from bot.desk.putting import end, put, way
from bot.desk.reading import UnwatchPack, WatchPack
from bot.desk.saying import typed
from bot.render.answer import Answer
from bot.subscriptions import ALWAYS, Subscription
from bot.wording import plural


async def watch_pack(house: House, asked: Asked, command: WatchPack) -> Answer:
    """Begin to watch every rule of a pack that is not watched yet."""
    asked.must_configure()
    pack, had = PACKS[command.pack], {each.rule for each in await house.watches(asked.channel)}
    lines, new = [], 0
    for line, reason in pack.rules:
        rule = rule_line(line, house.labs)
        if rule not in had:
            await put(house, asked, rule, command.wish)
            new += 1
        # Rule and reason beside each other are wider than a phone.
        lines += [rule, f"    {reason}{'; watched before' if rule in had else ''}"]
    settings = await house.settings(asked.channel)
    unsent = await house.held_up(asked.channel)
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
            f"For {pack.reader}. {way(example, settings, house)}",
            "",
            *lines,
            "",
            "Each starts quiet: what holds already is no news.",
            *(["", *unsent] if unsent else []),
        ),
        closing=f"Undo: `unwatch pack {command.pack}`. `watches` lists them; `preview RULE` says "
        "how often one would have fired.",
        lasts=new > 0,
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
        await end(house, asked, each)
    return Answer(
        title=f"No longer watched in {asked.where}: pack {command.pack}",
        parts=("Each comes back by its line:", *(f"  {typed(each)}" for each in chosen)),
        closing=f"Undo: `watch pack {command.pack}`.",
        lasts=True,
    )
