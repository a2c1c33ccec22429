"""Pictures that the tests share: the ordinary ones, and those with awkward names and figures."""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from bot.pictures.bars import Bars, Row, bars_chart
from bot.pictures.bump import Bump, Climb, bump_chart
from bot.pictures.card import Words
from bot.pictures.lines import lines_chart
from bot.pictures.stroke import Lines, Mark, Point, Stroke, Unit
from bot.render.picture import Chart

START = datetime(2025, 11, 7, tzinfo=UTC)
WORDS = Words(
    "Places in the trending top 10 by country",
    "7 November 2025 to 30 April 2026",
    "Measured 30 April 2026: of 10 places, 2 of unknown country (20 %).",
)
HOSTILE = ("智谱 AI 清华", "\U0001f600", "<script>alert(1)</script>", "x]*_`'\"\\{{0}}", "a" * 300)


def weekly(value: Callable[[int], float | None] | float, weeks: int = 25) -> tuple[Point, ...]:
    """Return a value a week."""
    return tuple(
        (START + timedelta(weeks=at), value(at) if callable(value) else value)
        for at in range(weeks)
    )


def shares(words: Words = WORDS) -> Chart:
    """Return two countries, the unknown part, a line that was crossed twice."""
    china = weekly(lambda at: 0.4 + 0.05 * (at % 7))
    states = weekly(lambda at: None if 5 <= at <= 8 else 0.3 - 0.01 * at)
    unknown = Stroke("unknown", weekly(0.2), known=False)
    marks = (
        Mark(china[3][0], china[3][1] or 0, rise=True),
        Mark(china[7][0], china[7][1] or 0, rise=False),
    )
    strokes = (Stroke("China", china), Stroke("United States", states), unknown)
    return lines_chart(Lines(words, Unit.PART, strokes, line=0.5, marks=marks))


def ranks() -> Chart:
    """Return a model that came late and was gone in between."""
    way = weekly(lambda at: None if at < 4 or at in {9, 11} else float(30 - at))
    words = Words("GLM-5 (Z.ai, China) by rank", "", "Measured 24 April 2026.")
    return lines_chart(Lines(words, Unit.RANK, (Stroke("in trending", way),), line=10))


def places() -> Chart:
    """Return a board of five at four times: one comes, one goes, the others move or stay."""
    climbs = (
        Climb("GLM-5", (3, 2, 1, 1)),
        Climb("Qwen3-8B", (1, 1, 2, 3)),
        Climb("gpt-oss-20b", (2, 3, 3, 2)),
        Climb("Kimi-K2.5", (4, 4, 4, 4)),
        Climb("DeepSeek-V4-Pro-with-a-very-long-name-indeed", (None, None, 5, 5)),
        Climb("Mistral-7B", (5, 5, None, None)),
    )
    times = tuple(START + timedelta(days=at) for at in range(4))
    words = Words("Top 5 by likes", "7 to 10 November 2025", "Measured 10 November 2025.")
    return bump_chart(Bump(words, times, climbs, 5))


def countries() -> Chart:
    """Return bars with and without a figure of the week before."""
    rows = (
        Row("China", 0.6, "60 %", 0.5, "50 %"),
        Row("United States", 0.2, "20 %"),
        Row("France", 0.0, "0 %", 0.1, "10 %"),
        Row("unknown", 0.2, "20 %", 0.2, "20 %", known=False),
    )
    return bars_chart(Bars(WORDS, rows, "23 April"))


def awkward() -> dict[str, Chart]:
    """Return one point; a dozen lines with long names; hostile names; values at 0 and at 100 %."""
    one = (Stroke("Qwen", ((START, 0.4),)),)
    dozen = tuple(
        Stroke(f"A lab with a very long name {at}", weekly(at / 1000)) for at in range(12)
    )
    hostile = tuple(Stroke(name, weekly(0.2)) for name in HOSTILE)
    edges = (Stroke("all", weekly(1.0)), Stroke("none", weekly(0.0)))
    long = Words("A title " * 40, "A lead " * 60, "A foot " * 90)
    lines = {"one": one, "dozen": dozen, "hostile": hostile, "edges": edges}
    found = {name: lines_chart(Lines(WORDS, Unit.PART, strokes)) for name, strokes in lines.items()}
    found["words"] = shares(long)
    climbs = tuple(Climb(name, (at,)) for at, name in enumerate(HOSTILE, start=1))
    found["bump"] = bump_chart(Bump(WORDS, (START,), climbs, len(HOSTILE)))
    rows = tuple(Row(name, 0.0, "0 %") for name in HOSTILE)
    found["bars"] = bars_chart(Bars(WORDS, rows))
    return found


def pixels(png: bytes) -> npt.NDArray[np.uint8]:
    """Return a PNG as an array of rows, columns and RGBA.

    It is of the one kind that is drawn here: eight bits of each, not interlaced.
    """
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    assert png[24:29] == bytes([8, 6, 0, 0, 0])
    at, packed = 8, b""
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + size]
        at += 12 + size
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + 4 * width)
    shown = np.zeros((height, width, 4), np.uint8)
    for number, row in enumerate(rows):
        line = row[1:].reshape(width, 4)
        match int(row[0]):
            case 0:
                shown[number] = line
            case 1:
                shown[number] = np.cumsum(line, axis=0, dtype=np.uint8)
            case 2:
                shown[number] = line + (shown[number - 1] if number else 0)
            case other:
                raise AssertionError(f"a row is filtered in way {other}")
    return shown
