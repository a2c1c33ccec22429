"""A small Hub over some days, and what a store says of it, by names: ordinals may differ."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from bot.backtest import backtest
from bot.hub.port import Reading
from bot.rules import parse_rule
from bot.store.store import Store
from bot.views import Note
from bot.watch import Watch
from detectors.labs import Labs
from detectors.metric import Metric
from detectors.scope import ALL, LLM
from detectors.share import By, Of, ShareQuestion
from detectors.snapshot import Snapshot
from tests.looks import CHANNEL, census
from tests.world import Row, day

RULES = (
    "momentum of downloads by lab who Qwen up",
    "top 5 by likes in all",
    "top 3 by downloads in llm confirm 1 of 1",
    "share of downloads by lab anyone above 20% clear 18%",
    "share of derivatives by family who Qwen above 40% clear 37%",
    "lead of derivatives by family",
    "newcomers who Qwen above 50% clear 45%",
    "access change in top 200 by likes",
    "momentum of likes by lab anyone up",
)
_SPACES = ("Qwen", "meta-llama", "google", "mistralai", "jack", "nobody")
_TASKS = ("text-generation", "fill-mask", "text-to-image", None)


@dataclass
class _Repo:
    """A repo: the days it is listed on, and its figures, which only grow."""

    number: int
    name: str
    first: int
    last: int
    base: "_Repo | None"
    fields: dict[str, Any]
    likes: int
    downloads: int
    renamed: tuple[int, str] | None = None

    def called(self, at: int) -> str:
        return self.renamed[1] if self.renamed and at >= self.renamed[0] else self.name


@dataclass
class Days:
    """The Hub on `count` days: repos come and go, are renamed, and leave their names to others."""

    seed: int
    count: int = 9
    repos: list[_Repo] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)  # noqa: S311 - no secret
        for number in range(40):
            first = chance.choice([0, 0, 0, *range(self.count)])
            last = chance.choice([self.count] * 5 + [*range(first, self.count)])
            space = chance.choice(_SPACES)
            repo = _Repo(
                number,
                f"{space}/m{number}",
                first,
                last,
                chance.choice([None, *self.repos]),
                {
                    "pipeline_tag": chance.choice(_TASKS),
                    "library_name": chance.choice(["transformers", "diffusers", None]),
                    "gated": chance.choice([True, False, None]),
                    "created_at": day(first + 1) - timedelta(days=chance.randrange(300), hours=1),
                },
                chance.randrange(1, 5000),
                chance.randrange(1, 500_000),
            )
            if chance.random() < 0.15:
                repo.renamed = (chance.randrange(self.count), f"{space}/n{number}")
            self.repos.append(repo)
        # One name goes over to a new repo.
        self.repos[0].first, self.repos[0].last, self.repos[0].renamed = 0, 3, None
        self.repos[1].first, self.repos[1].last, self.repos[1].renamed = 5, self.count, None
        self.repos[1].name = self.repos[0].name

    def reading(self, at: int) -> Reading:
        """Return the census of one day, from 0."""
        chance = random.Random(1000 * self.seed + at)  # noqa: S311 - no secret
        rows = [self._row(each, at) for each in self.repos if each.first <= at <= each.last]
        chance.shuffle(rows)
        return census(day(at + 1), rows)

    def _row(self, repo: _Repo, at: int) -> Row:
        # On a day one in two has other figures, so that most days are told by what changed.
        step = (at + repo.number) // 2
        chance = random.Random(f"{self.seed} {repo.number} {step}")  # noqa: S311 - no secret
        grown = 1 + 0.04 * step * (1 + repo.number % 5)
        tags = [f"license:{chance.choice(['mit', 'mit', 'apache-2.0'])}"]
        if repo.base is not None:
            relation = ("finetune", "adapter", "quantized")[repo.number % 3]
            tags.append(f"base_model:{relation}:{repo.base.called(at)}")
        fields = {
            **repo.fields,
            "oid": f"{repo.number + 1:024x}",
            # Never known of some: what the tables say of one that was on the day before's board
            # and has no figure since, they say of the day that was held before.
            "likes": None if repo.number % 13 == 7 else int(repo.likes * grown),
            "downloads": int(repo.downloads * grown) + step,
            "trending_score": float(chance.randrange(100)),
            "tags": tuple(tags),
        }
        return repo.called(at), fields


def quiet(store: Store, labs: Labs) -> Watch:
    """Return a Watch as an import has it."""
    rules = [parse_rule(line, labs) for line in RULES]
    return Watch(store, labs, rules, (CHANNEL,), quiet=True)


async def taken_in(store: Store, labs: Labs, days: Days, order: Sequence[int]) -> None:
    """Take days in one by one, each as a process that has just started does."""
    for at in order:
        again = Store(store._redis, labs, store.keys)
        outcome = await quiet(again, labs).look(days.reading(at))
        assert outcome.note.admitted, outcome.note.detail


async def all_said(store: Store, labs: Labs) -> dict[str, object]:
    """Return everything that is held: columns, boards, shares, histories, what rules find."""
    store = Store(store._redis, labs, store.keys)
    notes = await store.notes("census")
    found: dict[str, object] = {"notes": [_noted(note) for note in notes]}
    for note in notes:
        whole, small = await store.whole(note), await store.snapshot(note)
        assert whole is not None
        assert small is not None
        assert small.tables is not None
        found[f"columns {note.id}"] = columns_said(whole)
        found[f"boards {note.id}"] = _boards(small)
        found[f"shares {note.id}"] = _shares(small)
    found["histories"] = await _histories(store, notes)
    for line in RULES:
        trial = (await backtest(parse_rule(line, labs), store)).trial
        found[line] = sorted(
            (each.shift.taken_at, each.shift.key, each.shift.status.value) for each in trial.fired
        ) + sorted((each.taken_at, each.key, each.status.value) for each in trial.ended)
    return found


def _noted(note: Note) -> object:
    return (note.id, note.taken_at, note.rows, note.reason, note.totals, note.digest)


def columns_said(snapshot: Snapshot) -> object:
    """Return all that is listed, by its id."""
    columns, ids = snapshot.columns, [*snapshot.columns.ids]
    texts = (columns.namespace, columns.pipeline_tag, columns.library_name, columns.license)
    edges: dict[int, set[tuple[str, int]]] = {}
    links = (each.tolist() for each in (columns.edges.child, columns.edges.parent))
    for child, parent, relation in zip(*links, columns.edges.relation.tolist(), strict=True):
        # One that is not listed then goes by the name that is known, which may be a later one.
        edges.setdefault(child, set()).add((re.sub("/[mn]", "/", ids[parent]), relation))
    return {
        ids[row]: (
            [text.at(row) for text in texts],
            int(columns.created_at[row]),
            {metric: float(each[row]) for metric, each in sorted(columns.figures.items())},
            (int(columns.gated[row]), bool(columns.not_llm[row])),
            edges.get(row, set()),
        )
        for row in np.flatnonzero(columns.present).tolist()
    }


def _boards(snapshot: Snapshot) -> object:
    found = {}
    for metric in Metric:
        for scope in (ALL, LLM):
            board = snapshot.board(metric, scope)
            if board is not None:
                sums = (board.counted, board.unknown)
                found[metric, scope] = ([*board.ids], board.figures.tolist(), sums)
    return found


def _shares(snapshot: Snapshot) -> object:
    found = {}
    for of in (Of.DOWNLOADS, Of.LIKES, Of.DERIVATIVES, Of.NEW):
        for by in By:
            share = snapshot.share(ShareQuestion(of, by))
            if share is not None:
                amounts = {name: pytest.approx(each) for name, each in share.amounts.items()}
                found[of, by] = (amounts, pytest.approx(share.total), pytest.approx(share.unknown))
    return found


async def _histories(store: Store, notes: Sequence[Note]) -> object:
    found: dict[str, list[tuple[datetime, object]]] = {}
    newest = await store.whole(notes[-1])
    assert newest is not None
    columns = newest.columns
    for row in np.flatnonzero(columns.present).tolist():
        moments = await store.history(row)
        found[columns.ids[row]] = [
            (each.taken_at, each.figures if each.listed else None) for each in moments
        ]
    return found
