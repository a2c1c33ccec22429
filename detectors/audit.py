"""The audit of what is carried on from look to look: it must say what counting anew says."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from detectors.board import Board
from detectors.scope import ALL, LLM, Scope, ScopeKind
from detectors.share import By, Of, Share, ShareQuestion
from detectors.snapshot import Snapshot
from detectors.tally import Tally

_OF = (Of.DOWNLOADS, Of.LIKES, Of.NEW, Of.DERIVATIVES, Of.FINETUNES)


def audit(tally: Tally, snapshot: Snapshot) -> str | None:
    """Name the first board or share that a Tally says differently from the census it is of.

    The census is counted anew, rank by rank and group by group; what a Snapshot
    holds already is not asked. None where all are the same.
    """
    anew = snapshot.uncounted()
    for question, one, other in _pairs(tally, anew):
        if one is None:
            continue
        said = _said(one, tally.depth)
        counted = {} if other is None else _said(other, tally.depth)
        if said != counted:
            return f"{question}: {_difference(said, counted)}"
    return None


def scopes(snapshot: Snapshot) -> list[Scope]:
    """Return the scopes that a Tally can tell: all, llm and each task."""
    return [
        ALL,
        LLM,
        *(Scope(ScopeKind.TASK, task) for task in snapshot.columns.pipeline_tag.words),
    ]


def _pairs(tally: Tally, anew: Snapshot) -> Iterator[tuple[str, Any, Any]]:
    for metric, scope in product(sorted(tally.heads), scopes(anew)):
        yield (
            f"{metric.value} in {scope}",
            tally.board(metric, scope),
            anew.board(metric, scope, tally.depth),
        )
    for of, by, scope in product(_OF, (By.LAB, By.COUNTRY), scopes(anew)):
        question = ShareQuestion(of, by, scope)
        yield f"{question.head} in {scope}", tally.share(question), anew.share(question)


def _said(told: Board | Share, depth: int) -> Mapping[str, Any]:
    if isinstance(told, Share):
        return {
            "total": told.total,
            "unknown": told.unknown,
            "amounts": dict(told.amounts),
            "heaviest": dict(told.heaviest),
        }
    return {
        "models": told.counted,
        "without a figure": told.unknown,
        "ids": list(told.ids[:depth]),
        "ordinals": told.ordinals[:depth].tolist(),
        "figures": told.figures[:depth].tolist(),
        "by order": told.by_order,
    }


def _difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    for part, said in one.items():
        anew = other.get(part)
        if said != anew:
            return f"{part} carried on are {_short(said, anew)}, counted anew {_short(anew, said)}"
    return "it can be told from what is carried on, and not by counting anew"


def _short(said: Any, beside: Any) -> str:
    """Return what is said, or of much the first that is not as beside."""
    if isinstance(said, list) and isinstance(beside, list):
        at = next(
            (at for at, pair in enumerate(zip(said, beside, strict=False)) if pair[0] != pair[1]),
            None,
        )
        if at is not None:
            return f"{said[at]} at place {at + 1}"
        return f"{len(said):,} long"
    if isinstance(said, dict) and isinstance(beside, dict):
        return str({key: each for key, each in said.items() if beside.get(key) != each})[:200]
    return str(said)[:200]
