"""From a question to its answer, pure over what is held; the same for every platform."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.lookups.asked import (
    ClaimsAsked,
    HelpAsked,
    LabAsked,
    ModelAsked,
    ShareAsked,
    ShiftsAsked,
    TopAsked,
    WhyAsked,
    WhyNotAsked,
)
from bot.lookups.boards import share, top
from bot.lookups.claims import claims
from bot.lookups.held import NothingHeld
from bot.lookups.lab import lab
from bot.lookups.model import model
from bot.lookups.questions import QUESTIONS, QuestionError, parse_question, words_of
from bot.lookups.why import why
from bot.lookups.why_not import why_not
from bot.render import message_of, stories
from bot.render.answer import Answer, Table
from bot.rules import GRAMMAR
from bot.views import Views
from bot.wording import clean, day, listing, moment, plural
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.scope import ScopeKind, default_scope
from detectors.share import By, Of
from detectors.shift import Shift

__all__ = ["Answer", "NothingHeld", "QuestionError", "answer"]

_SHOWN = 30


async def answer(question: str, views: Views, labs: Labs, now: datetime) -> Answer:
    """Answer a question such as `top 10 by likes`; `now` is an aware time.

    Raises:
        QuestionError: it cannot be read or names nothing held; shown with a caret.
        NothingHeld: it is a good question, and nothing held can answer it.
    """
    words = words_of(question, labs)
    match parse_question(words, now):
        case TopAsked() as asked:
            coming = top(asked, views)
        case ShareAsked() as asked:
            coming = share(asked, views)
        case LabAsked() as asked:
            coming = lab(asked, words, views, now)
        case ModelAsked() as asked:
            coming = model(asked, words, views, now)
        case ShiftsAsked() as asked:
            coming = _shifts(asked, views, now)
        case WhyAsked() as asked:
            coming = why(asked, words, views, labs)
        case WhyNotAsked() as asked:
            coming = why_not(asked, views)
        case ClaimsAsked() as asked:
            coming = claims(asked, views)
        case HelpAsked() as asked:
            return _help(asked)
    return await coming


async def _shifts(asked: ShiftsAsked, views: Views, now: datetime) -> Answer:
    held = [
        shift
        for shift in await views.shifts(asked.since, now)
        if asked.lab is None or _of_lab(shift, asked.lab)
    ]
    of = f" of {clean(asked.lab)}" if asked.lab else ""
    back = [shift for shift in held if not shift.told]
    if asked.held:
        return _held_back(back, of, asked.since, now)
    told = [message_of(story) for story in stories(held)]
    rows = tuple(
        (day(each.at, now), each.title, each.shifts[0]) for each in reversed(told[-_SHOWN:])
    )
    parts: list[str | Table] = [Table(rows)] if rows else [await _none(asked.since, views, now)]
    if len(told) > _SHOWN:
        parts.append(f"… and {plural(len(told) - _SHOWN, 'earlier one')}; ask for fewer days.")
    return Answer(
        title=f"Shifts{of} since {day(asked.since)}",
        parts=tuple(parts),
        closing=f"{plural(len(held), 'shift')} in {plural(len(told), 'message')}, "
        f"{day(asked.since)} to {day(now)}."
        + (f" {len(back):,} held back; `shifts held` lists them." if back else ""),
    )


def _held_back(back: Sequence[Shift], of: str, since: datetime, now: datetime) -> Answer:
    rows = tuple(
        (
            day(shift.taken_at, now),
            shift.judgement.held.value if shift.judgement.held else "",
            message_of([shift]).title,
            shift.id,
        )
        for shift in reversed(back[-_SHOWN:])
    )
    parts: list[str | Table] = [Table(rows)] if rows else ["Nothing was held back."]
    if len(back) > _SHOWN:
        parts.append(f"… and {plural(len(back) - _SHOWN, 'earlier one')}; ask for fewer days.")
    counts = Counter(shift.judgement.held.value for shift in back if shift.judgement.held)
    reasons = [f"{count:,} {reason}" for reason, count in counts.most_common()]
    said = f": {listing(reasons)}" if reasons else ""
    return Answer(
        title=f"Shifts{of} held back since {day(since)}",
        parts=tuple(parts),
        closing=f"{plural(len(back), 'shift')} held back{said}. `why ID` tells more of one.",
    )


async def _none(since: datetime, views: Views, now: datetime) -> str:
    """Say that nothing has shifted, or that nobody looked."""
    notes = [note for each in await views.streams() for note in await views.notes(each, None, now)]
    times = [note.taken_at for note in notes if note.admitted]
    if not times:
        return "No snapshot is held from this time or before."
    if max(times) < since:
        return f"No snapshot is held from this time; the last is of {moment(max(times))}."
    return "Nothing has shifted."


def _of_lab(shift: Shift, lab: str) -> bool:
    own_share = shift.about.get("by") in {By.LAB, By.FAMILY} and shift.key == lab
    return own_share or shift.about.get("lab") == lab


def _help(asked: HelpAsked) -> Answer:
    chosen = [each for each in QUESTIONS if each[0].startswith(asked.topic)]
    forms = tuple(line for form, what in chosen for line in (form, f"    {what}"))
    return Answer(
        title=f"Help on {asked.topic}" if asked.topic else "What you can ask",
        parts=forms or (Table(tuple(_TOPICS[asked.topic])),),
        closing="More with: help metrics, help scopes, help groups, help dates, help rules.",
    )


_SCOPES = {
    ScopeKind.ALL: "every model",
    ScopeKind.LLM: "language models, without conversions, adapters, embedders and guards",
    ScopeKind.TASK: "a task of the Hub; its name alone will do, as in: in text-to-image",
    ScopeKind.LAB: "a lab's models, as in: in lab Qwen",
    ScopeKind.COUNTRY: "models of labs based there, as in: in country France",
    ScopeKind.LICENSE: "models under a licence, as in: in license mit",
}
_RULES = (
    "    a model enters or leaves the first N places: top 10 by likes in llm",
    "    a group's part crosses a line: share of new by country who China above 40% clear 37%",
    "    its places cross a line: share of slots by lab anyone above 30% in top 10 by trending",
    "    the largest group of a share changes: lead of derivatives by family",
    "    a group leaves its usual pace: momentum of derivatives by family who Qwen up",
    "    it is in fewer hands, or more: concentration of downloads by lab above 1800 clear 1500",
    "    a lab leads in one and not in the other: gap of likes over downloads above 10%",
    "    whom new contributors build on: newcomers who Qwen above 50% clear 45%",
    "    a model is gone, gated, or under another licence: access change in top 1000 by likes",
    "    an account that no lab is known for: unmapped lab above 10% in top 10 by trending",
    "    a lab releases more often than usual: cadence of anyone often",
    "    a lab falls silent, or returns: cadence of lab DeepSeek silent 180 days",
    "    a model outgrows those of its age and size: breakout by downloads in llm",
    "    downloads without likes, or in lockstep: suspicious growth in all",
)
_TOPICS: dict[str, list[tuple[str, ...]]] = {
    "metrics": [
        (metric.value, f"{metric.window}; ranked in {default_scope(metric)} unless you say")
        for metric in Metric
    ],
    "scopes": [(kind.value, what) for kind, what in _SCOPES.items()],
    "groups": [
        ("by " + ", ".join(By), "who the groups are"),
        *((f"of {of.value}", f"{of.unit}, {of.window}") for of in Of),
    ],
    "dates": [
        ("on 2026-01-27", "as it stood at the end of that day, UTC"),
        ("since 2026-01-27", "from that day on"),
        ("today, yesterday", "the same in words"),
    ],
    "rules": [
        *((line,) for each in zip(GRAMMAR, _RULES, strict=True) for line in each),
        ("in a file, one a line; # begins a comment: hubshift run --rules FILE",),
    ],
}
