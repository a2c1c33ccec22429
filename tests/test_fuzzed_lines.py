"""Whatever people type gets an answer or a clear error; `make chaos` types 100,000 lines."""

import os
import random
import time

import pytest

from bot.channel import Channel
from bot.chat.discord.answers import answered, refused
from bot.chat.slack.answers import answer_blocks, trouble_blocks
from bot.desk import KIND, Answer, Asker, Desk, QuestionError
from bot.desk.help import FORMS
from bot.desk.packs import PACKS
from bot.desk.reading import COMMANDS, EXAMPLES
from bot.lookups.questions import PARSERS
from bot.rules import GRAMMAR, parse_rule
from bot.store.store import Store
from detectors.labs import Labs
from tests.discord_schema import check_message
from tests.hostile_texts import HOSTILE
from tests.looks import FEW, RISEN, census, days, look_all, watching
from tests.slack_blocks import faults_of
from tests.world import day

LINES = int(os.environ.get("HUBSHIFT_TEST_LINES", "2000"))
SLOW = 5.0
"""Seconds that no single line may take, on a small store and a busy machine."""
RULES = [rule for pack in PACKS.values() for rule, _ in pack.rules]
WHOLE = [
    *("top 10 by likes in all", "share of slots by country in top 10 by trending", "help rules"),
    *("lab Qwen", "model lab/a", "country China", "compare Qwen Meta", "claims", "watches"),
    *("shifts since 2026-01-01 by Qwen", "why lab/e", "settings", "mute 7d 2", "unmute", "test"),
    *("unwatch 1", "unwatch all", "watch pack newsroom digest", "unwatch pack policy"),
    *(
        f"{verb} {rule}"
        for verb in ("watch", "preview", "why-not", "unwatch")
        for rule in RULES[:9]
    ),
    *(
        f"watch {rule} thread notable+ include Qwen, “Mistral AI” exclude word gguf"
        for rule in RULES
    ),
    *(each for line in EXAMPLES.values() for each in line.split(", or ")),
]
WORDS = sorted(
    {word for line in (*WHOLE, *GRAMMAR, *(form for form, _ in FORMS)) for word in line.split()}
    | {*PARSERS, *COMMANDS, "2026-13-45", "-1", "0", "1e9", "99999999999", "١٢", "½", "%", "on"}
)
SIGNS = " \t\n\r\0\x1b\u202e\u200b\ud800\ufeff\"'“”„«»‘’,;:/\\|#%*_~`<>@&()[]{}=+-.…🦜٣ßİſ"


def typed(chance: random.Random) -> str:
    """Return a line that somebody might type, or a machine send."""
    match chance.randrange(8):
        case 0:
            line = " ".join(chance.choices(WORDS, k=chance.randint(0, 12)))
        case 1:
            line = "".join(chance.choices(SIGNS, k=chance.randint(0, 40)))
        case 2:
            line = f"{chance.choice([*COMMANDS, *PARSERS])} {chance.choice(HOSTILE)}"
        case 3:
            line = "".join(chr(chance.randrange(0x11_0000)) for _ in range(chance.randint(1, 30)))
        case 4:
            line = chance.choice(WORDS) * chance.randint(1, 400)
        case _:
            line = chance.choice(WHOLE)
    for _ in range(chance.randrange(4)):
        line = mutated(line, chance)
    return line


def mutated(line: str, chance: random.Random) -> str:
    """Return a line with one thing wrong with it."""
    at = chance.randint(0, len(line))
    words = line.split(" ")
    spot = chance.randrange(len(words))
    match chance.randrange(6):
        case 0:
            return line[:at] + chance.choice(SIGNS) + line[at:]
        case 1:
            return line[:at] + line[at + 1 :]
        case 2:
            return " ".join([*words[:spot], chance.choice(WORDS), *words[spot:]])
        case 3:
            return " ".join([*words[:spot], *words[spot + 1 :]])
        case 4:
            return line.swapcase()
        case _:
            return line[:at]


@pytest.fixture
async def desk(store: Store, labs: Labs) -> Desk:
    rules = [parse_rule(line, labs) for line in RULES[:3]]
    watch = watching(store, labs, *RULES[:3])
    rows = [(name, {"downloads": 9 - at, "likes": at}) for at, name in enumerate(FEW)]
    await look_all(watch, [*days(FEW, RISEN, FEW, RISEN), census(day(4, 12), rows)])
    return Desk(store, labs, lambda: day(5), first=[Channel("slack", "C1")], rules=rules)


@pytest.mark.timeout(0)
async def test_whatever_is_typed_is_answered_or_refused_in_words(desk: Desk) -> None:
    chance = random.Random(7)  # noqa: S311 - lines to type, no secrets
    askers = [Asker(Channel("slack", "C1"), may_configure=may) for may in (True, False)]
    answers = refusals = 0
    for _ in range(LINES):
        line, asker = typed(chance), chance.choice(askers)
        began = time.monotonic()
        try:
            found = await desk.answer(line, asker)
        except KIND as error:
            refusals += 1
            _reads_well(line, str(error), caret=isinstance(error, QuestionError))
        except Exception as error:
            raise AssertionError(f"{line!r} ended in {error!r}") from error
        else:
            answers += 1
            _can_be_drawn(found)
        assert time.monotonic() - began < SLOW, line
    # A story in which nearly everything is refused, or nothing, would test little.
    assert answers > LINES / 8
    assert refusals > LINES / 8


def _reads_well(line: str, text: str, *, caret: bool) -> None:
    assert len(text.split()) > 3, line
    assert "Traceback" not in text
    if caret:
        assert text.rstrip().endswith("^"), (line, text)
    assert faults_of(trouble_blocks(text), lambda _: True) == [], line
    check_message(refused(text), {})


def _can_be_drawn(found: Answer) -> None:
    assert found.title
    assert found.closing
    assert found.text
    assert faults_of(answer_blocks(found), lambda _: True) == [], found.title
    check_message(answered(found), {})
