"""Tune: a form with a watch's rule, and how often it and its neighbours would have alerted."""

import asyncio
from typing import Any

import discord
from discord import ui

from bot.chat.discord.asking import LIFE, asker_of, reply_of, sources_of
from bot.chat.discord.buttons import retuned
from bot.chat.discord.replies import kindly, respond, say, sending
from bot.chat.discord.text import block
from bot.desk import KIND, Answer, Refused, Tuning

RULE = "rule"
_LONGEST = 1000
_FIGURES = 2000
_MANAGERS = (
    "Only who has Manage Server here can change what this channel is told. Ask one of them to "
    "press Tune."
)
_LATER = "How often it alerts takes longer to count than a form may wait; /hubshift preview says."


class Form(ui.Modal):
    """The form. What is sent is taken by `sent`, also by a process that never showed it."""

    def __init__(self, shift: str, rule: str, tuning: Tuning | None) -> None:
        super().__init__(title="Tune this watch", custom_id=retuned(shift), timeout=LIFE)
        figures = _LATER if tuning is None else block(lines_of(tuning), _FIGURES)
        self.add_item(ui.TextDisplay[Any](figures))
        typed = ui.TextInput[Any](custom_id=RULE, default=rule, min_length=1, max_length=_LONGEST)
        self.add_item(
            ui.Label[Any](
                text="The rule as it shall be",
                description="It is told as before. /hubshift help rules shows every kind.",
                component=typed,
            )
        )


def lines_of(tuning: Tuning) -> list[str]:
    """Return settings and how often each would have alerted, two lines each, for a phone."""
    lines = [
        line
        for each in tuning.settings
        for line in (f"{'▸' if each.own else ' '} {each.rule}", f"    {each.often}")
    ]
    return [*lines, "", f"▸ as it is. {tuning.closing}"]


async def show(found: discord.Interaction, shift: str) -> None:
    """Show the form to who may send it, with the figures where they are quick."""
    sources, asker = sources_of(found), asker_of(found)
    async with kindly(found), sending():
        try:
            if not asker.may_configure:
                raise Refused(_MANAGERS)
            rule = await sources.desk.rule_of(shift)
            tuning = await _within(sources.soon, sources.desk.tuning(rule, asker))
        except KIND as error:
            await say(found, str(error))
        else:
            await found.response.send_modal(Form(shift, rule, tuning))


async def take(found: discord.Interaction, shift: str, rule: str) -> None:
    """Change the watch as the form says."""
    sources = sources_of(found)

    async def changed() -> Answer:
        old = await sources.desk.rule_of(shift)
        return await sources.desk.retune(old, " ".join(rule.split()), asker_of(found))

    await respond(found, reply_of(changed()), sources.soon)


async def _within(seconds: float, coming: Any) -> Tuning | None:
    """Return what comes in time; a form has to be the first answer, within three seconds."""
    counting: asyncio.Future[Tuning] = asyncio.ensure_future(coming)
    done, _ = await asyncio.wait({counting}, timeout=seconds)
    if done:
        return counting.result()
    # Nobody waits for it any longer, nor for what goes wrong with it.
    counting.add_done_callback(lambda late: late.cancelled() or late.exception())
    return None
