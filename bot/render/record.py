"""A Shift as programs read it: in JSON lines and in web hooks."""

from typing import Any

from detectors.shift import Shift
from detectors.snapshot import instant


def record(shift: Shift) -> dict[str, Any]:
    """Return a Shift as `--json` prints it, whole numbers without a decimal point."""
    facts, evidence = shift.facts, shift.evidence
    told = {
        "event": facts.event.value,
        "before": _number(facts.before),
        "after": _number(facts.after),
    }
    if facts.rank is not None:
        told["rank"] = facts.rank
    return {
        "id": shift.id,
        "rule": shift.rule,
        "detector": shift.detector,
        "key": shift.key,
        "status": shift.status.value,
        "severity": shift.severity.value,
        "taken_at": instant(shift.taken_at),
        "facts": told,
        "evidence": {
            "metric": evidence.metric,
            "scope": evidence.scope,
            "window": evidence.window,
            "denominator": _number(evidence.denominator),
            "unknown": _number(evidence.unknown),
            "before": _number(evidence.before),
            "after": _number(evidence.after),
            "snapshots": list(evidence.snapshots),
            "definition": evidence.definition,
        },
    }


def _number(value: float | None) -> float | None:
    return int(value) if value is not None and float(value).is_integer() else value
