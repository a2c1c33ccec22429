"""App Home: what the channels that a person is in are told, and what shifted there last."""

import hashlib
from collections.abc import Iterator, Sequence

from bot.chat.slack import limits
from bot.chat.slack.blocks import Block, button, literal, markup, small, text_object
from bot.chat.slack.spoken import spoken
from bot.chat.slack.text import MORE, plain_lines
from bot.desk import Home, Room
from bot.desk.saying import named
from bot.wording import plural
from detectors.shift import SOURCE_RULE

HOME_MUTE, HOME_UNMUTE, HOME_TUNE = "home_mute", "home_unmute", "home_tune"
HOME_ACTIONS = frozenset({HOME_MUTE, HOME_UNMUTE, HOME_TUNE})
_MOST_WATCHES = 15
_SIZE = 60_000
# Channels in which nothing is watched that are named; the rest are counted.
_NAMED = 10
_BEGIN = (
    "Hubshift tells a channel when the open-model ecosystem shifts. Write /invite @Hubshift in a "
    "channel, then /hubshift watch pack newsroom; what it watches there is shown here."
)


def home_view(home: Home, notice: str = "") -> Block:
    """Return the view: a notice if there is one, then each channel that watches something."""
    busy = [room for room in home.rooms if room.watches or room.muted]
    idle = [room for room in home.rooms if not room.watches and not room.muted]
    blocks = [_header("What your channels are told"), *_notice(notice)]
    if not busy:
        blocks.append(_text([_BEGIN]))
    end = [*_idle(idle if busy else []), small(home.closing)]
    for shown, room in enumerate(busy):
        more = [{"type": "divider"}, *_room(room)]
        rest = len(busy) - shown
        full = len(blocks) + len(more) + len(end) + 1 > limits.VIEW_BLOCKS
        if full or len(str([*blocks, *more])) > _SIZE:
            blocks.append(small(f"{MORE} and {plural(rest, 'channel')} more: /hubshift watches"))
            break
        blocks += more
    return {"type": "home", "blocks": [*blocks, *end]}


def unknown_view(words: str) -> Block:
    """Return a view that says why nothing can be shown."""
    return {"type": "home", "blocks": [_header("Hubshift"), _text(spoken(words).splitlines())]}


def rule_mark(rule: str) -> str:
    """Return what a button carries of a rule: it may be longer than a button has room for."""
    return hashlib.sha256(rule.encode()).hexdigest()[:12]


def _room(room: Room) -> Iterator[Block]:
    yield {"type": "section", "text": markup(f"*<#{room.channel.address}>*")}
    if room.muted:
        yield _text([f"Muted: {room.muted}"])
    for rule, how, state in room.watches[:_MOST_WATCHES]:
        yield _watch(room.channel.address, rule, f"{how}; {state}")
    if len(room.watches) > _MOST_WATCHES:
        more = plural(len(room.watches) - _MOST_WATCHES, "watch", "watches")
        yield small(f"{MORE} and {more} more: /hubshift watches")
    if room.settings:
        told = " · ".join(f"{name}: {value}" for name, value in room.settings)
        yield small(f"{told} · /hubshift settings in the channel changes them")
    if room.shifts:
        yield _text(["Last shifts", *(f"{day}  {title}" for day, title, _ in room.shifts)])
    channel = room.channel.address
    silence = (HOME_UNMUTE, "Unmute") if room.muted else (HOME_MUTE, "Mute 7 days")
    yield {"type": "actions", "elements": [button(*silence, channel)]}


def _watch(channel: str, rule: str, state: str) -> Block:
    lines = [named(rule), f"↳ {state}"]
    block: Block = {"type": "section", "text": text_object(plain_lines(lines, limits.SECTION))}
    if rule != SOURCE_RULE:
        block["accessory"] = button(HOME_TUNE, "Tune", f"{channel} {rule_mark(rule)}")
    return block


def _idle(rooms: Sequence[Room]) -> Iterator[Block]:
    if rooms:
        named = ", ".join(f"<#{room.channel.address}>" for room in rooms[:_NAMED])
        rest = f" and {len(rooms) - _NAMED} more" if len(rooms) > _NAMED else ""
        told = f"Nothing is watched in {named}{rest}."
        yield {"type": "context", "elements": [markup(told)]}


def _notice(words: str) -> Iterator[Block]:
    if told := plain_lines(spoken(words).splitlines(), limits.SECTION):
        yield {"type": "section", "text": text_object(f"■ {told}")}


def _header(words: str) -> Block:
    return {"type": "header", "text": literal(words, limits.HEADER)}


def _text(lines: Sequence[str]) -> Block:
    return {"type": "section", "text": text_object(plain_lines(lines, limits.SECTION) or "—")}
