"""Include and exclude lists as a person types them; one that cannot be read is refused."""

import difflib
import re
from collections.abc import Sequence

from bot.rules.words import Word, Words
from bot.subscriptions import WORD
from detectors.scope import TASKS

MOST = 20
"""Names in one list; a longer one is a rule of its own."""
_KINDS = ("lab", "country", "task", WORD)
_PLURALS = {"labs": "lab", "countries": "country", "tasks": "task", "words": WORD}
_ALL = frozenset({"all", "any", "anyone", "anything", "everyone", "everything", "none", "nothing"})
_LONGEST = 60
_ALIKE = 0.75
# What stands between two names: a comma, a semicolon or "and", outside of quotes.
_PART = re.compile(r'(?:"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|[^,;"“”„«»])+|["“”„«»]')
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_PAIR = re.compile(r'"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»')
_QUOTES = '"“”„«»'
_SAY = "write names such as: lab Qwen, country China, task text-to-image, word gguf"


def listed(words: Words, what: str, ends: Sequence[str]) -> tuple[str, ...]:
    """Take the names after `include` or `exclude`, each as a Subscription keeps it."""
    if not words.more() or words.next_is(*ends):
        words.refuse_end(f"nothing stands after {what}; {_SAY}")
    span = words.rest(f"what to {what}", ends)
    entries: list[str] = []
    kind = ""
    for part in _parts(span):
        said, plural, name = _kind(part)
        # "labs Qwen, Meta": the second is a lab as well.
        kind = said if plural else "" if said else kind
        entries.append(_entry(words, part, said or kind, name))
    if not entries:
        words.refuse(span, f"that names nothing to {what}; {_SAY}")
    found = tuple(dict.fromkeys(entries))
    if len(found) > MOST:
        words.refuse(span, f"a list holds {MOST} names at most, this has {len(found)}")
    return found


def shown(entry: str) -> str:
    """Return an entry of a list as a person would type it."""
    kind, _, name = entry.partition(" ")
    plain = re.fullmatch(r"[\w.-]+(?: [\w.-]+)*", name) and not _AND.search(name)
    return entry if plain else f'{kind} "{name}"'


def _parts(span: Word) -> list[Word]:
    """Split a list at its commas and ands; each part keeps its place in the line."""
    found: list[Word] = []
    for piece in _PART.finditer(span.text):
        text, at = piece.group(), span.start + piece.start()
        masked = _PAIR.sub(lambda pair: "·" * len(pair.group()), text)
        begin = 0
        for cut in [*_AND.finditer(masked), None]:
            end = cut.start() if cut else len(text)
            bare = text[begin:end].strip()
            if bare:
                start = at + begin + len(text[begin:end]) - len(text[begin:end].lstrip())
                found.append(Word(bare, start, start + len(bare)))
            begin = cut.end() if cut else end
    return found


def _kind(part: Word) -> tuple[str, bool, str]:
    """Return what kind a name is said to be, "" if not, whether of several, and the name."""
    first, _, rest = part.text.partition(" ")
    said = _PLURALS.get(first.casefold(), first.casefold())
    if said in _KINDS and (rest.strip() or part.text == first):
        return said, first.casefold() in _PLURALS, _unquoted(rest)
    return "", False, _unquoted(part.text)


def _entry(words: Words, part: Word, kind: str, name: str) -> str:
    """Return one name with its kind; what nobody knows is a word, unless it is nearly a name."""
    if set(_PAIR.sub("", part.text)) & set(_QUOTES):
        words.refuse(part, "a quotation mark stands alone; close it, or leave it out")
    if not name.strip(" .,-_/#&*"):
        words.refuse(part, f"that names nothing; {_SAY}")
    if len(name) > _LONGEST:
        words.refuse(part, f"a name has {_LONGEST} characters at most")
    if kind == WORD:
        return f"{WORD} {name}"
    found = [each for each in _known(words, name) if kind in {"", each.partition(" ")[0]}]
    if found:
        return found[0]
    near = _near(words, name, kind)
    if kind:
        words.refuse(part, f'no {kind} is called "{name}"', near=near)
    quoted = part.text[0] in _QUOTES
    if not quoted and name.casefold() in _ALL:
        words.refuse(part, f'"{name}" is no name; without a list the watch is about everything')
    if near or (" " in name and not quoted):
        words.refuse(
            part,
            f'"{name}" is no lab, country or task; commas set names apart, and a word of a '
            f'model\'s id is written: word "{name}"',
            near=near,
        )
    return f"{WORD} {name}"


def _unquoted(text: str) -> str:
    return " ".join(text.strip().strip(_QUOTES).split())


def _known(words: Words, name: str) -> list[str]:
    """Return what the lab table and the Hub's tasks know by a name."""
    lab, country, task = words.labs.lab(name), words.labs.country(name), name.casefold()
    return [
        *([f"lab {lab.name}"] if lab else []),
        *([f"country {country}"] if country else []),
        *([f"task {task}"] if task in TASKS else []),
    ]


def _near(words: Words, name: str, kind: str) -> str | None:
    """Return the known name most like one, of its kind if that is said."""
    if kind == "country":
        return words.labs.nearest_country(name)
    if kind == "task":
        return _nearest_task(name)
    if kind == "lab":
        return words.labs.nearest(name)
    labs = words.labs
    found = (labs.nearest_country(name), labs.nearest(name), _nearest_task(name))
    return next((near for near in found if near and _alike(near, name)), None)


def _alike(near: str, name: str) -> bool:
    """Whether a name is so much like another that it is hardly a word of its own."""
    ratio = difflib.SequenceMatcher(None, near.casefold(), name.casefold()).ratio()
    return ratio >= _ALIKE


def _nearest_task(name: str) -> str | None:
    close = difflib.get_close_matches(name.casefold(), TASKS, n=1)
    return close[0] if close else None
