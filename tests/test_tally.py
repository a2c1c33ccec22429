"""What is carried on from census to census says what counting anew says, whatever happens."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.audit import audit
from detectors.columns import NEVER, UNKNOWN, Columns, Edges, Text
from detectors.labs import Labs, parse_labs
from detectors.metric import Kind, Metric
from detectors.names import Names
from detectors.snapshot import Snapshot
from detectors.tally import Tally
from tests.world import labs

# The day after, the lab table gives sentence-transformers to another lab.
AT = datetime(2025, 10, 21, tzinfo=UTC)
TASKS = ("text-generation", "text-to-image")
SPACES = ("Qwen", "meta-llama", "THUDM", "zai-org", "nobody", "sentence-transformers", "qwen")
NEW_TASKS = ("image-text-to-text", "fill-mask", "any-to-any")
NEW_SPACES = ("google", "newcomer", "facebook", "CohereForAI")
DEPTH = 4
_DAY = 86_400


@dataclass(frozen=True)
class Model:
    """A row as a test draws it."""

    id: str
    space: int
    task: int
    created: int
    figures: tuple[int, ...]
    present: bool
    not_llm: bool
    parents: tuple[int, ...]


def census(
    models: Sequence[Model],
    at: datetime,
    spaces: Sequence[str] = SPACES,
    tasks: Sequence[str] = TASKS,
    table: Labs | None = None,
) -> Snapshot:
    rows = range(len(models))
    shown = [model.present for model in models]
    edges = [(row, up % len(models)) for row in rows for up in models[row].parents]
    edges = sorted({(child, parent) for child, parent in edges if child != parent})
    return Snapshot(
        at,
        Kind.CENSUS,
        Columns(
            ordinal=np.arange(len(models)),
            present=np.array(shown, np.bool_),
            ids=Names.of(f"{model.id}-{row}" for row, model in enumerate(models)),
            namespace=Text(np.array([m.space for m in models], np.int32), Names.of(spaces)),
            created_at=np.array([model.created for model in models], np.int64),
            figures={
                metric: np.array(
                    [m.figures[at] if m.present else UNKNOWN for m in models], np.int32
                )
                for at, metric in enumerate((Metric.TRENDING, Metric.LIKES, Metric.DOWNLOADS))
            },
            pipeline_tag=Text(
                np.array([m.task if m.present else UNKNOWN for m in models], np.int16), tuple(tasks)
            ),
            library_name=Text(np.full(len(models), UNKNOWN, np.int16), ()),
            license=Text(np.full(len(models), UNKNOWN, np.int16), ()),
            gated=np.zeros(len(models), np.int8),
            not_llm=np.array([model.not_llm for model in models], np.bool_),
            edges=Edges(
                np.array([edge[0] for edge in edges], np.int32),
                np.array([edge[1] for edge in edges], np.int32),
                np.ones(len(edges), np.int8),
            ),
        ),
        {},
        table or labs(),
    )


@dataclass
class Story:
    """A Hub of few models whose figures, times and labs tie all the time; chance moves it on.

    In one that is `tied` most models differ by name alone, so that names decide who is first.
    """

    chance: Random
    models: list[Model] = field(default_factory=list)
    spaces: list[str] = field(default_factory=lambda: [*SPACES])
    tasks: list[str] = field(default_factory=lambda: [*TASKS])
    tied: bool = False

    def census(self, at: datetime) -> Snapshot:
        """Return the Hub as it is."""
        return census(self.models, at, self.spaces, self.tasks)

    def model(self) -> Model:
        """Return a model of some kind or other."""
        chance = self.chance
        moment = int(AT.timestamp()) + chance.choice([-31, -30, -29, -1, 1, 2]) * _DAY
        alike = self.tied and chance.random() < 0.9
        return Model(
            id=chance.choice("abcdefg") + chance.choice("abc"),
            space=chance.randrange(-1, len(self.spaces)),
            task=0 if alike else chance.randrange(-1, len(self.tasks)),
            created=moment if not alike else int(AT.timestamp()) - 5 * _DAY,
            figures=self.figures(),
            present=chance.random() < 0.9,
            not_llm=not alike and chance.random() < 0.3,
            parents=tuple(chance.randrange(60) for _ in range(chance.randrange(3))),
        )

    def figures(self) -> tuple[int, ...]:
        """Return three figures, most of them known and low."""
        known = [1, 1, 1, 1, 1, 1, 1, 2, 0, UNKNOWN] if self.tied else [UNKNOWN, *range(9)]
        return tuple(self.chance.choice(known) for _ in range(3))

    def day(self) -> None:
        """Let figures move, models vanish and come back, be renamed, come anew and go over.

        Some days there is a task, a lab or an author that was not there before.
        """
        chance = self.chance
        for words, more in ((self.tasks, NEW_TASKS), (self.spaces, NEW_SPACES)):
            words.extend([word for word in more if word not in words][: chance.randrange(2)])
        for row in chance.sample(range(len(self.models)), k=min(len(self.models), 12)):
            old, new = self.models[row], self.model()
            self.models[row] = chance.choice(
                [
                    new,
                    replace(old, figures=self.figures()),
                    replace(old, figures=self.figures()),
                    replace(old, present=not old.present),
                    replace(old, id=new.id),
                    replace(old, id=new.id),
                    replace(old, created=new.created),
                    replace(old, parents=new.parents),
                    replace(old, task=new.task, not_llm=new.not_llm),
                    replace(old, space=new.space),
                ]
            )
        self.models += [self.model() for _ in range(chance.randrange(4))]


@settings(deadline=None, max_examples=80)
@given(
    chance=st.randoms(use_true_random=False),
    models=st.integers(0, 80),
    days=st.integers(1, 8),
    tied=st.booleans(),
)
def test_what_is_carried_on_is_what_counting_anew_says(
    chance: Random, models: int, days: int, *, tied: bool
) -> None:
    story = Story(chance, tied=tied)
    story.models = [story.model() for _ in range(models)]
    at = AT
    last = story.census(at)
    tally = Tally.of(last.columns, last.labs, at, DEPTH)
    assert (audit(tally, last) or "") == ""
    for _ in range(days):
        at += timedelta(hours=chance.choice([1, 24, 72]))
        story.day()
        last = story.census(at)
        tally = tally.moved_to(last.columns, last.labs, at)
        assert (audit(tally, last) or "") == ""


def named(*names: str) -> Snapshot:
    """Return a census of models that differ in name alone."""
    made = int(AT.timestamp()) - _DAY
    return census([Model(each, 4, 0, made, (0, 5, 0), True, False, ()) for each in names], AT)  # noqa: FBT003


@pytest.mark.parametrize(
    ("name", "first"),
    [("a", ("a-29", "m00-0", "m01-1")), ("m01", ("m00-0", "m01-1", "m01-29"))],
)
def test_a_model_that_takes_an_earlier_name_enters_a_board_of_equals(
    name: str, first: tuple[str, ...]
) -> None:
    names = [f"m{at:02}" for at in range(30)]
    last, after = named(*names), named(*names[:29], name)
    tally = Tally.of(last.columns, last.labs, AT, DEPTH).moved_to(after.columns, last.labs, AT)
    board = tally.board(Metric.LIKES)
    assert board is not None
    assert board.ids[:3] == first
    assert (audit(tally, after) or "") == ""


def test_among_equals_the_floor_is_a_name() -> None:
    names = [f"m{at:02}" for at in range(30)]
    last = named(*names)
    tally = Tally.of(last.columns, last.labs, AT, DEPTH)
    # One that stays below the floor, then all that are held go: who is next is found by name.
    for after in (
        named(*names, "m07"),
        named(*(f"z{at:02}" for at in range(8)), *names[8:], "m07"),
    ):
        tally = tally.moved_to(after.columns, after.labs, AT)
        assert (audit(tally, after) or "") == ""


TABLE = """
[sources]
made = "made up"
[labs]
"A" = { country = "France", source = "made", namespaces = [
    "a",
    { name = "late", since = 2025-10-22 },
    { name = "moved", since = 2025-10-22 },
] }
"B" = { country = "Japan", source = "made", namespaces = [
    "b",
    { name = "moved", until = 2025-10-22 },
    { name = "left", until = 2025-10-22 },
] }
"""


@pytest.mark.parametrize("space", ["late", "moved", "left"])
def test_a_day_on_which_the_lab_table_changes_is_seen(space: str) -> None:
    table = parse_labs(TABLE)
    models = [Model("m", at, 0, int(AT.timestamp()), (1, 2, 3), True, False, ()) for at in range(3)]  # noqa: FBT003
    spaces = ("a", "b", space)
    last = census(models, AT, spaces, table=table)
    after = census(models, AT + timedelta(days=2), spaces, table=table)
    tally = Tally.of(last.columns, table, AT, DEPTH)
    assert (audit(tally, last) or "") == ""
    moved = tally.moved_to(after.columns, table, after.taken_at)
    assert (audit(moved, after) or "") == ""


def test_a_census_of_an_earlier_time_is_counted_anew() -> None:
    made = int(AT.timestamp())
    models = [
        Model("m", 0, 0, made - days * _DAY, (1, 2, 3), True, False, ())  # noqa: FBT003
        for days in range(60)
    ]
    last, earlier = (census(models, AT - timedelta(days=days)) for days in (0, 20))
    tally = Tally.of(last.columns, last.labs, last.taken_at, DEPTH)
    moved = tally.moved_to(earlier.columns, last.labs, earlier.taken_at)
    assert (audit(moved, earlier) or "") == ""


def grown(*likes: int) -> Snapshot:
    """Return a census of models that differ in likes alone."""
    model = Model(
        "m", 4, 0, int(AT.timestamp()) - _DAY, (), present=True, not_llm=False, parents=()
    )
    return census([replace(model, figures=(0, each, 0)) for each in likes], AT)


def test_a_snapshot_asks_its_tally_first() -> None:
    last = grown(5, 4, 3).counted(depth=DEPTH)
    after = grown(5, 4, 9).counted(last, depth=DEPTH)
    assert last.tally is not None
    assert after.tally is not None
    found = after.tally.board(Metric.LIKES)
    assert found is not None
    assert found.ids == ("m-2", "m-0", "m-1")
    assert after.board(Metric.LIKES, depth=DEPTH) is not None


def test_the_audit_names_what_differs_first_and_how() -> None:
    last, after = grown(5, 4, 3), grown(5, 4, 9)
    stale = Tally.of(last.columns, last.labs, AT, DEPTH)
    assert audit(stale, after) == (
        "likes in all: ids carried on are m-0 at place 1, counted anew m-2 at place 1"
    )


def test_a_census_whose_codes_mean_something_else_is_counted_anew() -> None:
    last = census([Model("m", 0, 0, NEVER, (0, 5, 7), True, False, ())], AT)  # noqa: FBT003
    other = replace(last.columns, namespace=Text(last.columns.namespace.codes, Names.of(["x"])))
    after = Snapshot(AT, Kind.CENSUS, other, {}, last.labs)
    tally = Tally.of(last.columns, last.labs, AT, DEPTH).moved_to(other, last.labs, AT)
    assert (audit(tally, after) or "") == ""


def test_rows_known_to_have_changed_are_all_that_is_looked_at() -> None:
    last, after = grown(5, 4, 3), grown(5, 9, 8)
    tally = Tally.of(last.columns, last.labs, AT, DEPTH)
    moved = tally.moved_to(after.columns, after.labs, AT, np.array([1, 2]))
    assert (audit(moved, after) or "") == ""
