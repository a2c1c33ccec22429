"""Help on what changes a channel: beside the questions that everybody may ask."""

from bot.desk.packs import PACKS
from bot.desk.reading import EXAMPLES
from bot.render.answer import Answer

# Every command and what it does, in the order help lists them.
FORMS = (
    (
        "watch RULE [at once|thread|digest] [notable+] [include …] [exclude …]",
        "be told in this channel: watch top 10 by trending in all include Qwen, China",
    ),
    ("watch pack NAME", f"five rules at a time: {', '.join(PACKS)}"),
    ("watches", "what this channel watches, numbered, and what each is quiet about"),
    ("unwatch N|RULE|pack NAME|all", "end a watch"),
    ("mute 7d [N|RULE]", "silence with an end, for one watch or the channel: mute 12h 2"),
    ("unmute [N|RULE]", "end it before its time"),
    ("settings [NAME VALUE]", "digest, zone, quiet hours, floor: settings quiet 22-7"),
    ("preview RULE", "what a rule would post, and how often it would have: preview top 5 by likes"),
    ("test", "post a sample to this channel"),
)
TOPICS = ("watch", "packs", "filters", "settings")
_FILTERS = (
    "include takes what a shift has to be about, exclude what it must not be about.",
    "Commas set names apart: labs, countries, tasks, and words of a model's id.",
    "    watch top 10 by trending in all include Qwen, “Mistral AI”",
    "    watch breakout by downloads in llm exclude word gguf, country China",
    "    watch top 10 by likes in all include task text-to-image",
    "A name that is nearly a known one is refused; any other counts as a word.",
)


def with_commands(found: Answer) -> Answer:
    """Return the list of what can be asked, with what changes a channel behind it."""
    said = [line for form, what in FORMS for line in (form, f"    {what}")]
    parts = (*found.parts, "", "What changes this channel, for those who may configure it", *said)
    more = f"help {', help '.join(TOPICS)}"
    return Answer(found.title, parts, f"{found.closing.rstrip('.')}, {more}.")


def help_on(topic: str) -> Answer:
    """Return help on a topic of the desk's own."""
    lines: list[str] = []
    match topic:
        case "packs":
            for name, pack in PACKS.items():
                lines += [f"{name}: for {pack.reader}"]
                lines += [
                    line for rule, why in pack.rules for line in (f"    {rule}", f"        {why}")
                ]
            closing = "Take one: `watch pack newsroom`; end it: `unwatch pack newsroom`."
        case "filters":
            lines += _FILTERS
            closing = "Try a list before it is switched on: `preview RULE include …`."
        case "settings":
            lines += [f"    {example}" for example in EXAMPLES.values()]
            closing = "`settings` alone shows what they are."
        case _:
            lines += [line for form, what in FORMS for line in (form, f"    {what}")]
            closing = "Rules: `help rules`. Lists: `help filters`."
    return Answer(title=f"Help on {topic}", parts=tuple(lines), closing=closing)
