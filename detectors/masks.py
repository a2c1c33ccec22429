"""Which rows a scope counts."""

from datetime import datetime

from detectors.columns import Bools, Columns
from detectors.labs import Labs
from detectors.names import located
from detectors.scope import LLM_TASKS, Scope, ScopeKind


def mask_of(scope: Scope, columns: Columns, labs: Labs, at: datetime) -> Bools:
    """Return which rows a scope counts, as a mask; a row whose scope is unknown is out."""
    match scope.kind:
        case ScopeKind.ALL:
            return columns.present
        case ScopeKind.LLM:
            inside = columns.pipeline_tag.among(LLM_TASKS) & ~columns.not_llm
        case ScopeKind.TASK:
            inside = columns.pipeline_tag.among({scope.name})
        case ScopeKind.LICENSE:
            inside = columns.license.among({scope.name})
        case ScopeKind.LAB | ScopeKind.COUNTRY:
            inside = columns.namespace.among(spaces_of(scope, columns, labs, at))
    return inside & columns.present


def spaces_of(scope: Scope, columns: Columns, labs: Labs, at: datetime) -> frozenset[str]:
    """Return the namespaces listed that belong to the lab or the country of a scope."""
    of = labs.lab_of if scope.kind is ScopeKind.LAB else labs.country_of
    known = located(columns.namespace.words, labs.spaces)
    return frozenset(space for _, space in known if of(space, at) == scope.name)
