"""What every competitor is asked of a day, in a form that hashes alike when it is alike."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from math import floor

from detectors.metric import Metric
from detectors.scope import LLM_TASKS, TASKS
from detectors.share import By, Of

RANKS = 10
METRICS = (Metric.TRENDING, Metric.LIKES, Metric.DOWNLOADS)
OFS = (Of.DOWNLOADS, Of.LIKES, Of.NEW, Of.DERIVATIVES)
BYS = (By.LAB, By.COUNTRY)
USED = (*sorted(LLM_TASKS), *(task for task in TASKS if task not in LLM_TASKS))[:50]

# By metric and scope: ids and figures in rank order.
Boards = dict[str, list[tuple[str, int]]]
# By what and group: amounts; the group "" is unknown.
Shares = dict[str, dict[str, float]]


def hashed(boards: Boards, shares: Shares) -> str:
    """Sum up boards and shares; what is 0 says no more than what is absent."""
    told = {
        "boards": {
            name: [[key, int(figure)] for key, figure in board] for name, board in boards.items()
        },
        "shares": {name: dict(sorted(_steps(groups))) for name, groups in shares.items()},
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _steps(groups: Mapping[str, float]) -> Iterable[tuple[str, int]]:
    for name, amount in groups.items():
        # No part of a merge ends so that the order of adding up decides between two steps.
        step = floor(amount * 1e6 + 0.37)
        if step:
            yield name, step
