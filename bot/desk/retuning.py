"""A watch goes from one rule to another, as whoever saves a tuning wishes."""

from bot.desk.asker import Refused
from bot.desk.holding import holds_now
from bot.desk.house import Asked, House, rule_line
from bot.desk.putting import end, put, way
from bot.desk.reading import Wish
from bot.desk.saying import typed
from bot.render.answer import Answer
from bot.rules import parse_rule
from detectors.shift import SOURCE_RULE


async def retune(house: House, asked: Asked, old: str, new: str) -> Answer:
    """Let a watch go from one rule to another, told in the same way."""
    rules = [rule_line(line, house.labs) for line in (old, new)]
    asked.must_configure()
    held = await house.watches(asked.channel)
    before = house.watch_of(rules[0], held, asked)
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
    made = await put(house, asked, rules[1], wish)
    await end(house, asked, before)
    settings = await house.settings(asked.channel)
    rule = parse_rule(made.rule, house.labs)
    return Answer(
        title=f"Tuned in {asked.where}: {made.rule}",
        parts=(
            f"Before: {before.rule}",
            way(made, settings, house),
            "",
            await holds_now(rule, house.store, asked.now),
        ),
        closing=f"Undo: `unwatch {made.rule}`, then `{typed(before)}`.",
        lasts=True,
    )
