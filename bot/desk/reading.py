"""What people type to change what a channel is told, one line each: text to a command."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.desk.filters import listed
from bot.desk.packs import PACKS
from bot.lookups.questions import QuestionError
from bot.rules import RuleError, parse_rule
from bot.rules.words import Word, Words
from bot.subscriptions import How
from detectors.base import Detector
from detectors.shift import SOURCE_RULE, Severity

_FLOORS = {f"{each.value}{sign}": each for each in Severity for sign in ("+", "")}
_CLAUSES = ("at", "thread", "digest", *_FLOORS, "include", "exclude")


@dataclass(frozen=True)
class Wish:
    """How a rule is to be told, as it was typed; None and () where nothing was said."""

    how: How = How.AT_ONCE
    floor: Severity | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class Watch:
    """`watch top 10 by trending in all thread notable+ include Qwen`; None is the source."""

    rule: Detector | None
    wish: Wish

    @property
    def line(self) -> str:
        """The rule as the store names it."""
        return SOURCE_RULE if self.rule is None else str(self.rule)


@dataclass(frozen=True)
class WatchPack:
    """`watch pack newsroom digest`."""

    pack: str
    wish: Wish


@dataclass(frozen=True)
class Watches:
    """`watches`."""


@dataclass(frozen=True)
class Unwatch:
    """`unwatch 2`, `unwatch top 10 by likes in all`, `unwatch all`."""

    which: Word


@dataclass(frozen=True)
class UnwatchPack:
    """`unwatch pack newsroom`."""

    pack: str


@dataclass(frozen=True)
class Mute:
    """`mute 7d`, `mute 12h 2`; without `which` the whole channel."""

    span: Word
    which: Word | None


@dataclass(frozen=True)
class Unmute:
    """`unmute`, `unmute 2`; without `which` everything."""

    which: Word | None


@dataclass(frozen=True)
class Preview:
    """`preview top 5 by likes in llm include Qwen`."""

    rule: Detector
    wish: Wish


@dataclass(frozen=True)
class Sample:
    """`test`."""


@dataclass(frozen=True)
class Setting:
    """`settings quiet 22-7`; without a name all of them are shown."""

    name: str
    value: Word | None


Command = (
    Watch | WatchPack | Watches | Unwatch | UnwatchPack | Mute | Unmute | Preview | Sample | Setting
)
SETTINGS = ("zone", "digest", "quiet", "floor")
# What people call them who have not read the help.
_OTHERWISE = {"timezone": "zone", "day": "digest", "hour": "digest", "severity": "floor"}


def parse_command(words: Words) -> Command:
    """Read a command. QuestionError shows the line with a caret and the nearest known word."""
    found = COMMANDS[words.take("a command", tuple(COMMANDS))](words)
    words.end()
    return found


def _watch(words: Words) -> Command:
    if words.next_is("pack"):
        return WatchPack(_pack(words), _wish(words))
    rule = _rule(words, "watch")
    return Watch(rule, _wish(words))


def _preview(words: Words) -> Command:
    if words.next_is(SOURCE_RULE):
        words.refuse_all("trouble of the source is no rule of the Hub; nothing can be tried")
    rule = _rule(words, "preview")
    if rule is None:
        raise AssertionError("refused above")
    return Preview(rule, _wish(words))


def _unwatch(words: Words) -> Command:
    if words.next_is("pack"):
        return UnwatchPack(_pack(words))
    if not words.more():
        words.refuse_end("say which: its number in `watches`, its rule, or all")
    return Unwatch(words.rest("a watch", ()))


def _mute(words: Words) -> Command:
    if not words.more():
        words.refuse_end("say for how long: mute 7d, mute 12h, mute 2w")
    span = words.next("for how long")
    return Mute(span, _which(words))


def _setting(words: Words) -> Command:
    if not words.more():
        return Setting("", None)
    said = words.take("a setting", (*SETTINGS, *_OTHERWISE))
    name = _OTHERWISE.get(said, said)
    if not words.more():
        words.refuse_end(f"say what {name} is to be: {EXAMPLES[name]}")
    return Setting(name, words.rest("its value", ()))


def _which(words: Words) -> Word | None:
    return words.rest("a watch", ()) if words.more() else None


def _pack(words: Words) -> str:
    words.take("a pack", ("pack",))
    return words.take("the name of a pack", tuple(PACKS))


def _rule(words: Words, verb: str) -> Detector | None:
    """Take a rule up to the first word that says how; None for the source."""
    if not words.more() or words.next_is(*_CLAUSES):
        words.refuse_end(
            f"say which rule: {verb} top 10 by trending in all; `help rules` lists them, and "
            f"`help packs` has some ready"
        )
    line = words.rest("a rule", _CLAUSES)
    if line.low == SOURCE_RULE:
        return None
    try:
        return parse_rule(line.bare, words.labs)
    except RuleError as error:
        raise QuestionError(str(error)) from None


def _wish(words: Words) -> Wish:
    how, floor, said = How.AT_ONCE, None, set[str]()
    lists: dict[str, tuple[str, ...]] = {}
    while words.more():
        begins = words.next_is("at", "thread", "digest")
        word = words.take("how it is told", _CLAUSES)
        part = "how" if begins else "floor" if word in _FLOORS else word
        if part in said:
            words.refuse_all(f"{word} is said after another of its kind; keep one")
        said.add(part)
        if word == "at":
            words.take("when", ("once",))
        elif part == "how":
            how = How(word)
        elif part == "floor":
            floor = _FLOORS[word]
        else:
            lists[word] = listed(words, word, _CLAUSES)
    return Wish(how, floor, lists.get("include", ()), lists.get("exclude", ()))


EXAMPLES: Mapping[str, str] = {
    "zone": "settings zone Europe/Berlin",
    "digest": "settings digest friday 17, or settings digest off",
    "quiet": "settings quiet 22-7, or settings quiet off",
    "floor": "settings floor major, or settings floor notable",
}
COMMANDS: Mapping[str, Callable[[Words], Command]] = {
    "watch": _watch,
    "watches": lambda _: Watches(),
    "unwatch": _unwatch,
    "mute": _mute,
    "unmute": lambda words: Unmute(_which(words)),
    "settings": _setting,
    "preview": _preview,
    "test": lambda _: Sample(),
}
