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


def helped(asked: HelpAsked) -> Answer:
    """Say what can be asked, or more on one word of it."""
    chosen = [each for each in QUESTIONS if each[0].startswith(asked.topic)]
    forms = tuple(line for form, what in chosen for line in (form, f"    {what}"))
    return Answer(
        title=f"Help on {asked.topic}" if asked.topic else "What you can ask",
        parts=forms or (Table(tuple(_TOPICS[asked.topic])),),
        closing="More with: help metrics, help scopes, help groups, help dates, help rules.",
    )
