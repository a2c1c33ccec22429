"""Answers `help`: what can be asked, and the words of it."""

from bot.lookups.asked import HelpAsked
from bot.lookups.questions import QUESTIONS
from bot.render.answer import Answer, Table
from bot.rules import GRAMMAR
from detectors.metric import Metric
from detectors.scope import ScopeKind, default_scope
from detectors.share import By, Of

_SCOPES = {
    ScopeKind.ALL: "every model",
    ScopeKind.LLM: "language models, without conversions, adapters, embedders and guards",
    ScopeKind.TASK: "a task of the Hub; its name alone will do, as in: in text-to-image",
    ScopeKind.LAB: "a lab's models, as in: in lab Qwen",
    ScopeKind.COUNTRY: "models of labs based there, as in: in country France",
    ScopeKind.LICENSE: "models under a licence, as in: in license mit",
}
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
        *((line,) for rule, what in GRAMMAR.items() for line in (rule, f"    {what}")),
        ("in a file, one a line; # begins a comment: hubshift run --rules FILE",),
    ],
}


def helped(asked: HelpAsked) -> Answer:
    """Say what can be asked, or more on one word of it."""
    chosen = [each for each in QUESTIONS if each[0].startswith(asked.topic)]
    forms = tuple(line for form, what in chosen for line in (form, f"    {what}"))
    return Answer(
        title=f"Help on {asked.topic}" if asked.topic else "What you can ask",
        parts=forms or (Table(tuple(_TOPICS[asked.topic])),),
        closing="More with: help metrics, help scopes, help groups, help dates, help rules.",
    )
