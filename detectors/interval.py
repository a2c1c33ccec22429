"""How far chance alone could move a part of things that count once each."""

from math import sqrt
from statistics import NormalDist

from detectors.share import Of, Share

# Two-sided 95 %: what lies within the interval is not told from chance.
CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)

# Models and people count once each, so a month of them is a draw that might have come out a
# little otherwise. Downloads and likes are sums and places a complete list: nothing is drawn.
DRAWN = frozenset({Of.NEW, Of.DERIVATIVES, Of.FINETUNES, Of.CONTRIBUTORS})


def wilson(count: float, total: float) -> tuple[float, float]:
    """Return the score interval of `count` of `total`, both ends between 0 and 1.

    Unlike the plain one it does not shrink to nothing at 0 of n. Of nothing it is everything.
    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209-212.

    >>> [round(end, 3) for end in wilson(42, 100)]
    [0.328, 0.518]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if total <= 0:
        return 0.0, 1.0
    part, square = count / total, Z * Z
    middle = part + square / (2 * total)
    reach = Z * sqrt(part * (1 - part) / total + square / (4 * total * total))
    scale = 1 + square / total
    low, high = (middle - reach) / scale, (middle + reach) / scale
    return (max(low, 0.0) if count > 0 else 0.0), (min(high, 1.0) if count < total else 1.0)


def interval(share: Share, group: str) -> tuple[float, float]:
    """Return where a group's part may lie; of what is not drawn it lies where it is."""
    if share.question.of not in DRAWN:
        return share.part(group), share.part(group)
    return wilson(share.amounts.get(group, 0.0), share.total)
