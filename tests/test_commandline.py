"""The command line as a person and a program meet it."""

import gzip
import json
from pathlib import Path

import pytest

from bot.demo import recording
from bot.rules import parse_rules
from tests.commandline import Ran, hubshift
from tests.world import labs

DEFAULT = Path(__file__).parent.parent / "bot" / "default.rules"
RULE = "top 3 by trending in all confirm 1 of 1"


def day(number: int, *ids: str, **marker: object) -> str:
    head = {"taken_at": f"2026-01-{number:02}T00:00:00Z", "kind": "pulse", "by": "trending"}
    return "\n".join(json.dumps(each) for each in [head | marker, *({"id": id_} for id_ in ids)])


@pytest.fixture
def two_days(tmp_path: Path) -> Path:
    path = tmp_path / "hub.jsonl"
    path.write_text(f"{day(1, 'a/a', 'b/b', 'c/c', 'd/d')}\n\n{day(2, 'd/d', 'a/a', 'b/b', 'c/c')}")
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules"
    path.write_text(f"# the head of the list\n{RULE}  # confirmed at once\n")
    return path


def opening_alert() -> str:
    """Return the alert that README opens with."""
    readme = Path(__file__).parent.parent / "README.md"
    return readme.read_text("utf-8").split("```text\n", 1)[1].split("```", 1)[0]


def shifts_of(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_replay_prints_one_json_object_a_shift_and_nothing_else(
    two_days: Path, rules: Path, tmp_path: Path
) -> None:
    ran = hubshift("replay", two_days, "--rules", rules, "--json", cwd=tmp_path)
    assert ran.code == 0, ran.err
    entered, left = sorted(shifts_of(ran.out), key=lambda shift: str(shift["status"]))
    assert entered["rule"] == RULE
    assert entered["detector"] == "top_entry"
    assert entered["key"] == "d/d"
    assert entered["status"] == "firing"
    assert entered["taken_at"] == "2026-01-02T00:00:00Z"
    assert entered["facts"] == {"event": "new", "before": 4, "after": 1, "rank": 1}
    assert entered["evidence"] == {
        "metric": "trending",
        "scope": "all",
        "window": "recent days, by the Hub's own score",
        "denominator": 4,
        "unknown": 0,
        "before": 4,
        "after": 1,
        "snapshots": ["pulse@2026-01-01T00:00:00Z", "pulse@2026-01-02T00:00:00Z"],
        "definition": "board/1",
    }
    assert (left["key"], left["status"]) == ("c/c", "resolved")


def test_replay_without_a_folder_leaves_nothing_behind(
    two_days: Path, rules: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    hubshift("replay", two_days, "--rules", rules, cwd=tmp_path)
    assert sorted(tmp_path.iterdir()) == before


def test_replay_into_a_folder_can_be_asked_and_repeated(
    two_days: Path, rules: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    first = hubshift("replay", two_days, "--rules", rules, "--data", folder, cwd=tmp_path)
    again = hubshift("replay", two_days, "--rules", rules, "--data", folder, cwd=tmp_path)
    asked = hubshift("ask", "top 3 by trending", "--data", folder, cwd=tmp_path)
    # That a model left a board waits for the digest.
    assert "2 snapshots, 2 shifts, 1 alerts" in first.out
    assert "0 snapshots, 0 shifts, 0 alerts" in again.out
    assert "2 were held already" in again.out
    listed = [line.split()[:2] for line in asked.out.splitlines()[2:5]]
    assert listed == [["1", "d/d"], ["2", "a/a"], ["3", "b/b"]]


def test_a_bad_line_is_named_and_nothing_is_stored(tmp_path: Path) -> None:
    path, folder = tmp_path / "hub.jsonl", tmp_path / "data"
    path.write_text(f'{day(1, "a/a")}\n{day(2, "a/a")}\n{{"likes": 3}}\n')
    ran = hubshift("replay", path, "--data", folder, cwd=tmp_path)
    assert ran.code == 2
    assert ran.err == f'hubshift: {path}, line 5: the model has no "id"\n'
    assert ran.out == ""
    assert not folder.exists()


def test_a_recording_of_a_time_to_come_is_kept_nowhere_but_may_be_told(tmp_path: Path) -> None:
    path, folder = tmp_path / "hub.jsonl", tmp_path / "data"
    path.write_text(f"{day(1, 'a/a')}\n{day(1, 'a/a', taken_at='2999-01-01T00:00:00Z')}\n")
    ran = hubshift("replay", path, "--data", folder, cwd=tmp_path)
    assert ran.code == 2
    assert ran.err == (
        f"hubshift: {path}, line 3: this pulse of 2999-01-01T00:00:00Z is still to come; write "
        "when it was taken, or replay it without --data\n"
    )
    assert not folder.exists()
    assert "2 snapshots" in hubshift("replay", path, cwd=tmp_path).out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no snapshot"),
        (b'{"id": "a/a"}\n', "line 1: a recording starts with a marker line"),
        (gzip.compress(day(1, "a/a").encode(), mtime=0)[:-9], "damaged or cut short"),
        (day(1, "a/a").encode() + b"\n\xff\xfe", "line 3:"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_with_its_name(
    content: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "hub.jsonl"
    path.write_bytes(content)
    ran = hubshift("replay", path, cwd=tmp_path)
    assert ran.code == 2
    assert str(path) in ran.err
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_an_unknown_word_in_a_rule_gets_a_caret_and_the_nearest_word(
    two_days: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    rules.write_text("top 10 by trending in all\ntop 10 by treding in all\n")
    ran = hubshift("replay", two_days, "--rules", rules, cwd=tmp_path)
    assert ran.code == 2
    assert ran.err.splitlines() == [
        f'hubshift: {rules}, line 2: "treding" is not known here. Did you mean "trending"?',
        "  top 10 by treding in all",
        "            ^^^^^^^",
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("replay", "nowhere.jsonl"), 2),
        (("replay",), 2),
        (("nonsense",), 2),
        (("ask", "top 10 by treding"), 2),
        (("ask", "top 10"), 1),
        (("digest",), 1),
        (("digest", "--at", "soon"), 2),
        (("help",), 2),
        (("ask", "help"), 0),
        (("--help",), 0),
        ((), 0),
    ],
)
def test_exit_codes_tell_done_trouble_and_bad_input_apart(
    words: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    ran = hubshift(*words, cwd=tmp_path)
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.err


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    ran = hubshift("ask", "help", cwd=tmp_path, env={"HUBSHIFT_PULSE_EVERY": "often"})
    assert ran.code == 2
    assert "HUBSHIFT_PULSE_EVERY='often' is no time; write it like 30m, 1h or 1d" in ran.err


def test_a_store_that_cannot_be_reached_is_trouble(tmp_path: Path) -> None:
    env = {"REDIS_URL": "redis://:secret@127.0.0.1:1/0"}
    ran = hubshift("ask", "top 10", cwd=tmp_path, env=env)
    assert ran.code == 1
    assert "127.0.0.1:1" in ran.err
    assert "secret" not in ran.err + ran.out


def test_the_demo_tells_what_people_remember_once_and_within_a_read(tmp_path: Path) -> None:
    shifts = shifts_of(hubshift("replay", recording(), "--json", cwd=tmp_path).out)
    told = [
        (shift["taken_at"], shift["rule"])
        for shift in shifts
        for key in ["moonshotai/Kimi-K2.5", "zai-org/GLM-5"]
        if (shift["key"], shift["status"]) == (key, "firing")
    ]
    first = [
        (shift["taken_at"], shift["facts"])
        for shift in shifts
        if shift["key"] == "deepseek-ai/DeepSeek-V4-Pro"
        and shift["rule"] == "top 1 by trending in all"
    ]
    ten = "top 10 by trending in all"
    assert [at for at, rule in told if rule == ten] == [
        "2026-01-28T00:00:00Z",
        "2026-02-12T00:00:00Z",
    ]
    assert first == [
        ("2026-04-25T00:00:00Z", {"event": "new", "before": None, "after": 1, "rank": 1})
    ]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Run the demo, in a folder in which it leaves nothing."""
    folder = tmp_path_factory.mktemp("demo")
    ran = hubshift("demo", cwd=folder)
    assert ran.code == 0, ran.err
    assert list(folder.iterdir()) == []
    return ran


def test_the_demo_ends_with_the_digest_and_a_count(demo: Ran) -> None:
    assert "The week to 30 April 2026" in demo.out
    assert "Places in the trending top 10 by country" in demo.out
    assert demo.out.splitlines()[-1].startswith("174 snapshots, ")
    assert demo.out.splitlines()[-1].endswith("0 snapshots withheld.")
    assert opening_alert() in demo.out


def test_half_a_year_of_lists_is_told_in_five_messages_a_week_and_lacks_no_event_people_remember(
    demo: Ran, tmp_path: Path
) -> None:
    told = demo.out.partition("The week to 30 April 2026")[0]
    heads = [line for line in told.splitlines() if line[:1] in {"▲", "▼", "■"}]
    assert 25 <= len(heads) <= 5 * 25
    # Kimi-K2-Thinking was in first place before the lists begin.
    for name in ("Z-Image-Turbo", "DeepSeek-V3.2", "Kimi-K2.5", "GLM-5", "DeepSeek-V4-Pro"):
        assert any(f"{name} (" in line for line in heads), name
    everything = hubshift("demo", "--all", cwd=tmp_path).out
    assert everything.count("leaves the trending top 10") > 100


def test_a_replay_that_the_store_cannot_take_whole_stores_nothing_of_it(
    rules: Path, tmp_path: Path
) -> None:
    held, late, folder = tmp_path / "held", tmp_path / "late", tmp_path / "data"
    held.write_text(day(5, "a/a", kind="census", by=None))
    late.write_text(f"{day(6, 'b/b')}\n{day(4, 'a/a', kind='census', by=None)}")
    hubshift("replay", held, "--rules", rules, "--data", folder, cwd=tmp_path)
    ran = hubshift("replay", late, "--rules", rules, "--data", folder, cwd=tmp_path)
    asked = hubshift("ask", "top 1 by trending", "--data", folder, cwd=tmp_path)
    assert ran.code == 2
    assert "the census of 2026-01-04T00:00:00Z is not later than the one held" in ran.err
    assert asked.code == 1


def test_a_channel_is_set_up_from_the_terminal_and_only_that_one(tmp_path: Path) -> None:
    room, bad = ("--channel", "slack:C024BE91L"), ("--channel", "slack:#general")
    made = hubshift("ask", "watch", "pack", "newsroom", *room, cwd=tmp_path)
    assert made.out.startswith("Watching in slack:C024BE91L: pack newsroom, 5 new rules\n")
    assert "5 watches in slack:C024BE91L" in hubshift("ask", "watches", *room, cwd=tmp_path).out
    shipped = len(parse_rules(DEFAULT.read_text("utf-8"), labs(), DEFAULT.name))
    asked = hubshift("ask", "watches", cwd=tmp_path).out
    # The rules shipped, and the source's own trouble.
    assert f"{shipped + 1} watches in this terminal" in asked
    assert hubshift("ask", "watches", *bad, cwd=tmp_path).code == 2
