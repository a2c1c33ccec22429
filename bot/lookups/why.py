"""Answers `why`: the evidence of one Shift, what was decided of it, and whether it still holds."""

from bot.lookups.again import measured_again
from bot.lookups.asked import WhyAsked
from bot.render import message_of
from bot.render.answer import Answer, Table
from bot.render.evidence import counted, values_of
from bot.rules.words import Word, Words
from bot.views import Views
from bot.wording import clean, moment, short_name
from detectors.labs import Labs
from detectors.shift import AT_ONCE, Severity, Shift

# An id has twelve signs; its first four are enough where no other begins with them.
_LEAST = 4


async def why(asked: WhyAsked, words: Words, views: Views, labs: Labs) -> Answer:
    """Print and check a Shift named by its id, by the beginning of one, or by what it is about."""
    shift = await shift_of(asked.shift, words, views)
    again = await measured_again(shift, views, labs)
    told = message_of([shift])
    parts: list[str | Table] = [told.sentence, "", Table(tuple(_facts(shift)))]
    parts += ["", again.sentence]
    if again.differing:
        parts.append(Table(again.differing, head=("", "told", "now")))
    return Answer(title=told.title, parts=tuple(parts), closing=_closing(shift))


async def shift_of(asked: Word, words: Words, views: Views) -> Shift:
    """Return the Shift that a person means; QuestionError where none or several can be meant."""
    held = await views.shifts()
    text = asked.text.lower()
    named = [shift for shift in held if shift.id.startswith(text) and len(text) >= _LEAST]
    if len({shift.id for shift in named}) > 1:
        ids = ", ".join(sorted({shift.id for shift in named})[:_LEAST])
        words.refuse(asked, f"more than one shift begins so: {ids}; write more of the id")
    about = named or [
        shift for shift in held if text in {shift.key.lower(), short_name(shift.key).lower()}
    ]
    if not about:
        words.refuse(
            asked,
            f'no shift held has the id "{clean(asked.text)}" or is about it; '
            "`shifts` lists them with their ids",
        )
    # Of several, the one that people were told of: a leaving that waits for the digest is rarely
    # what a name is asked for.
    at_once = [each for each in about if each.told and each.severity.rank >= AT_ONCE.rank]
    return (at_once or [each for each in about if each.told] or about)[-1]


def _facts(shift: Shift) -> list[tuple[str, str]]:
    evidence, judged = shift.evidence, shift.judgement
    before, after = values_of(shift)
    rows = [
        ("shift", f"{shift.id}, {shift.status.value}"),
        ("rule", clean(shift.rule)),
        ("metric", f"{clean(evidence.metric)} in {clean(evidence.scope)}"),
        ("window", clean(evidence.window)),
        ("before", f"{before}  {clean(evidence.snapshots[0] or 'no snapshot before')}"),
        ("after", f"{after}  {clean(evidence.snapshots[1])}"),
        ("counted", counted(shift)),
        ("definition", clean(evidence.definition)),
    ]
    if evidence.reads:
        rows.append(("reads", f"{len(evidence.reads)}, from {clean(evidence.reads[0])}"))
    rows.append(("severity", _severity(shift)))
    if judged.held is not None:
        by = f" ({judged.by})" if judged.by else ""
        rows.append(("held back", f"{judged.held.value}: {clean(judged.why, limit=None)}{by}"))
    elif judged.cause not in {"", shift.id}:
        rows.append(("told with", judged.cause))
    return rows


def _severity(shift: Shift) -> str:
    weighed = clean(shift.judgement.weighed, limit=None)
    return f"{shift.severity.value}: {weighed}" if weighed else shift.severity.value


def _closing(shift: Shift) -> str:
    if not shift.told:
        return f"Seen {moment(shift.taken_at)}, and held back."
    if shift.severity is Severity.INFO:
        floor = AT_ONCE.value
        return (
            f"Seen {moment(shift.taken_at)}. Told at once is what is {floor} or more, or has one "
            "cause with it; the rest waits for the digest."
        )
    return f"Seen {moment(shift.taken_at)}."
