"""Rows that carry one figure each, and forty large models that rise and fall together."""

from collections.abc import Sequence

from tests.world import Row

LARGE = [20_000 + 100 * number for number in range(40)]


def counted(metric: str, figures: Sequence[float | None]) -> list[Row]:
    return [(f"x/{number}", {metric: figure}) for number, figure in enumerate(figures)]


def scaled(by: float, count: int = 40) -> list[float | None]:
    return [int(figure * by) for figure in LARGE[:count]]
