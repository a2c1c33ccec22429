"""A made-up Hub for what half a year of trending lists does not show: one scene a detector.

Models and figures are invented and say so on the page; what is told of them, and how it is drawn,
comes of the same detectors, store and messengers as any alert.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.hub.port import Listing, Reading
from bot.hub.records import ListedModel
from bot.rules import parse_rule
from bot.store.store import Store
from bot.watch import Watch
from detectors.labs import Labs
from detectors.metric import Kind, Metric
from detectors.shift import Severity, Shift

_BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
_WEEK, _DAY = timedelta(days=7), timedelta(days=1)
_OWNERS = {"qwen": "Qwen", "meta": "meta-llama", "google": "google", "mistral": "mistralai"}
_TEXT = "text-generation"

Row = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Scene:
    """A rule, and what is listed look after look until it fires in the last one."""

    title: str
    rule: str
    looks: tuple[Sequence[Row], ...]
    every: timedelta = _WEEK
    kind: Kind = Kind.CENSUS
    after: timedelta = timedelta(0)

    async def play(self, store: Store, labs: Labs) -> tuple[Shift, ...]:
        """Look at all of it in an empty store, and return what the last look tells."""
        watch = Watch(store, labs, [parse_rule(self.rule, labs)], (), Severity.INFO)
        told: Sequence[Shift] = ()
        by = Metric.TRENDING if self.kind is Kind.PULSE else None
        for number, rows in enumerate(self.looks):
            late = self.after if number == len(self.looks) - 1 else timedelta(0)
            models = tuple(ListedModel(id=name, **fields) for name, fields in rows)
            at = _BEGIN + number * self.every + late
            told = (await watch.look(Reading(at, self.kind, (Listing(by, models),)))).shifts
        return tuple(told)


def _downloaded(**millions: float) -> list[Row]:
    return [
        (
            f"{_OWNERS.get(lab, lab)}/{lab}-model",
            {"downloads": int(figure * 1e6), "likes": 900, "created_at": _BEGIN - 90 * _DAY},
        )
        for lab, figure in millions.items()
    ]


def _built(week: int, **families: int) -> list[Row]:
    """Return derivatives of a week, each by an author of its own."""
    return [
        (
            f"author-{week}-{family}-{at}/tuned",
            {
                "created_at": _BEGIN + week * _WEEK - _DAY,
                "tags": (f"base_model:finetune:{_OWNERS[family]}/base",),
            },
        )
        for family, count in families.items()
        for at in range(count)
    ]


def _weeks(*shares: int) -> tuple[list[Row], ...]:
    """Return the derivatives of some weeks, so many of a hundred a week built on Qwen."""
    made: list[list[Row]] = []
    for week, qwen in enumerate(shares):
        new = _built(week, qwen=qwen, meta=100 - qwen)
        made.append([*(made[-1] if made else []), *new])
    return tuple(made)


def _momentum() -> tuple[list[Row], ...]:
    steady = [20.0, 20.4, 19.9, 20.3, 20.0, 20.5, 20.1, 20.4, 20.0, 20.3, 19.9, 20.4]
    return tuple(
        _downloaded(qwen=each, meta=100 - each) for each in [*steady, 21.2, 22.4, 23.5, 24.7]
    )


def _peers(downloads: int) -> list[Row]:
    born = {"created_at": _BEGIN - 10 * _DAY, "pipeline_tag": _TEXT}
    return [
        (f"peer-{number}/model", {**born, "downloads": downloads + 10 * number, "likes": 40})
        for number in range(25)
    ]


def _hit(downloads: int, likes: int) -> list[Row]:
    known = {"created_at": _BEGIN - 10 * _DAY, "pipeline_tag": _TEXT}
    return [("mistralai/Magistral-Pocket", {**known, "downloads": downloads, "likes": likes})]


def _liked(**fields: Any) -> list[Row]:
    known = {"likes": 90_000, "gated": False, "tags": ("license:apache-2.0",), "oid": "one"}
    rest: list[Row] = [
        (f"org-{at}/model", {"likes": 900 - at, "gated": False, "tags": ("license:mit",)})
        for at in range(5)
    ]
    return [("meta-llama/Llama-Next-70B", {**known, "pipeline_tag": _TEXT, **fields}), *rest]


def _listed(*names: str) -> list[Row]:
    known = ("Qwen/a", "google/b", "openai/c", "nvidia/d", "mistralai/e")
    return [(name, {}) for name in [*names, *known][:5]]


def _released(*days: int) -> list[Row]:
    rows: list[Row] = [
        (f"Qwen/Qwen-{number}", {"created_at": _BEGIN + at * _DAY})
        for number, at in enumerate(days, start=1)
    ]
    return [*rows, ("google/other", {"created_at": _BEGIN})]


_GROWN = 187.0

SCENES = (
    Scene(
        "A share of the month's new derivatives crosses a line",
        "share of derivatives by family who Qwen above 40% clear 37%",
        _weeks(28, 30, 29, 33, 36, 40, 47, 55, 62),
    ),
    Scene(
        "The lead changes hands",
        "lead of downloads by lab",
        tuple(_downloaded(qwen=qwen, meta=55, google=30) for qwen in (38, 41, 43, 46, 49, 52, 58)),
    ),
    Scene("A share leaves its usual pace", "momentum of downloads by lab who Qwen up", _momentum()),
    Scene(
        "Downloads come into fewer hands",
        "concentration of downloads by lab above 3500 clear 3000",
        tuple(
            _downloaded(qwen=qwen, meta=30, google=25, mistral=20) for qwen in (30, 34, 40, 48, 90)
        ),
    ),
    Scene(
        "Newcomers build on another family",
        "newcomers who Qwen above 50% clear 45%",
        _weeks(35, 38, 37, 44, 52, 66, 74),
    ),
    Scene(
        "A lab leads in likes and not in use",
        "gap of likes over downloads above 10% clear 5% in all",
        (
            [
                ("Qwen/q", {"likes": 60, "downloads": 60}),
                ("google/g", {"likes": 40, "downloads": 40}),
            ],
            [
                ("Qwen/q", {"likes": 60, "downloads": 30}),
                ("google/g", {"likes": 40, "downloads": 70}),
            ],
        ),
    ),
    Scene(
        "A model that many depend on is gated",
        "access change in top 1000 by likes",
        (_liked(), _liked(gated="manual", tags=("license:other",))),
    ),
    Scene(
        "An account that no lab is known for takes places",
        "unmapped lab above 20% clear 10% in top 5 by trending",
        (
            *[_listed()] * 6,
            _listed("New-Lab/first"),
            _listed("New-Lab/first", "New-Lab/second"),
        ),
        _DAY,
        Kind.PULSE,
    ),
    Scene(
        "A lab has been silent for half a year",
        "cadence of lab Qwen silent 180 days",
        (_released(-100, -60, -20), _released(-100, -60, -20)),
        timedelta(days=161),
    ),
    Scene(
        "A model outgrows those of its age and size",
        "breakout by downloads in all",
        ([*_hit(6_000, 10), *_peers(5_000)], [*_hit(60_000, 90), *_peers(5_500)]),
        _DAY,
    ),
    Scene(
        "Downloads grow with nobody behind them",
        "suspicious growth in all",
        (_downloaded(qwen=13, google=100), _downloaded(qwen=_GROWN, google=100)),
        _DAY,
    ),
    Scene(
        "The source is in trouble, and that is told once",
        "top 3 by trending in all",
        (_listed(), _listed(), []),
        _DAY,
        Kind.PULSE,
    ),
)
