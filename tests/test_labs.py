"""The shipped lab table against its sources, and the reader against wrong tables."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detectors.labs import Labs, LabTableError, parse_labs

ROOT = Path(__file__).parent
AT = datetime(2026, 1, 27, tzinfo=UTC)
EUROPE = {
    "Austria", "Bulgaria", "Czech Republic", "Finland", "France", "Germany", "Latvia", "Norway",
    "Poland", "Portugal", "Spain", "Sweden", "Switzerland", "United Kingdom",
}  # fmt: skip
SOURCE = '\n[sources]\ns = "somewhere"\n'


@pytest.fixture(scope="module")
def shipped() -> Labs:
    return parse_labs((ROOT.parent / "detectors" / "labs.toml").read_text(encoding="utf-8"))


def table(*entries: str) -> str:
    """Write a lab table of these lines of [labs], with one known source, "s"."""
    return SOURCE + "[labs]\n" + "\n".join(entries)


def regions() -> list[tuple[str, str]]:
    text = (ROOT / "facts" / "organization_regions.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [(row["namespace"], row["region"]) for row in csv.DictReader(lines)]


def region_of(country: str | None) -> str:
    if country is None:
        return "unknown"
    if country in EUROPE:
        return "eu"
    return {"United States": "us", "China": "china"}.get(country, "other")


def test_the_table_agrees_with_every_namespace_of_the_published_regions(shipped: Labs) -> None:
    published = regions()
    assert len(published) == 118
    ours = [(name, region_of(shipped.country_of(name, AT))) for name, _ in published]
    assert ours == published
    assert all(shipped.lab_of(name, AT) for name, _ in published)


def test_every_european_country_of_the_test_is_one_the_table_uses(shipped: Labs) -> None:
    assert set(shipped.countries) >= EUROPE


@pytest.mark.parametrize(
    ("namespace", "lab"),
    [
        ("meta-llama", "Meta"),
        ("facebook", "Meta"),
        ("FacebookAI", "Meta"),
        ("meta-models", "Meta"),
        ("THUDM", "Z.ai"),
        ("zai-org", "Z.ai"),
        ("CohereForAI", "Cohere"),
        ("AIDC-AI", "Alibaba International"),
        ("ATH-MaaS", "Alibaba International"),
        ("ByteDance-Seed", "ByteDance"),
        ("vikhyatk", "Moondream"),
        ("PaddlePaddle", "Baidu"),
        ("Qwen", "Qwen"),
    ],
)
def test_the_namespaces_of_one_lab_share_its_name(shipped: Labs, namespace: str, lab: str) -> None:
    assert shipped.lab_of(namespace, AT) == lab


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("THUDM/glm-4-9b", "zai-org/glm-4-9b"),
        ("CohereForAI/aya-101", "CohereLabs/aya-101"),
        ("AIDC-AI/Ovis2-8B", "ATH-MaaS/Ovis2-8B"),
        ("thudm/glm-4-9b", "zai-org/glm-4-9b"),
        ("facebook/opt-125m", "facebook/opt-125m"),
        ("bert-base-uncased", "bert-base-uncased"),
        ("THUDM", "THUDM"),
    ],
)
def test_an_id_is_read_under_the_name_the_hub_gave_its_namespace(
    shipped: Labs, old: str, new: str
) -> None:
    assert shipped.canonical_id(old) == new


def test_a_namespace_nobody_mapped_stays_unknown(shipped: Labs) -> None:
    assert shipped.lab_of("someone-new-2031", AT) is None
    assert shipped.country_of("someone-new-2031", AT) is None
    assert shipped.lab_of(None, AT) is None
    assert not shipped.lists("someone-new-2031")


def test_a_namespace_left_without_a_base_is_listed_and_still_unknown(shipped: Labs) -> None:
    assert shipped.lists("Jackrong")
    assert shipped.lab_of("Jackrong", AT) is None
    assert shipped.lab_of("EleutherAI", AT) == "EleutherAI"
    assert shipped.country_of("EleutherAI", AT) is None


def test_upper_and_lower_case_do_not_matter(shipped: Labs) -> None:
    assert shipped.lab_of("QWEN", AT) == "Qwen"
    assert shipped.country("uae") == "United Arab Emirates"
    assert shipped.country("CHINA") == "China"
    lab = shipped.lab("kIMI")
    assert lab is not None
    assert lab.name == "Moonshot AI"


def test_a_lab_is_found_by_name_alias_and_namespace(shipped: Labs) -> None:
    found = [shipped.lab(word) for word in ("Mistral AI", "Mistral", "mistralai")]
    assert [lab.name if lab else None for lab in found] == ["Mistral AI"] * 3
    assert shipped.lab("no such lab") is None
    assert shipped.country("Atlantis") is None


def test_a_mistyped_word_gets_the_nearest_known_one(shipped: Labs) -> None:
    assert shipped.nearest("deepsek") == "DeepSeek"
    assert shipped.nearest("kimmi") == "Kimi"
    assert shipped.nearest("qqqqqqqqq") is None
    assert shipped.nearest_country("Chnia") == "China"
    assert shipped.nearest_country("xxxxxxxx") is None


def test_a_namespace_that_changed_hands_belongs_to_each_lab_in_its_time(shipped: Labs) -> None:
    day = datetime(2025, 10, 22, tzinfo=UTC)
    assert shipped.lab_of("sentence-transformers", day - timedelta(seconds=1)) == "UKP Lab"
    assert shipped.country_of("sentence-transformers", day) == "United States"
    lab = shipped.lab("sentence-transformers")
    assert lab is not None
    assert lab.name == "Hugging Face"


def test_outside_its_dates_a_namespace_is_unknown() -> None:
    labs = parse_labs(
        table(
            'A = {namespaces = [{name = "a", since = 2025-01-01, until = 2026-01-01}], source="s"}'
        )
    )
    years = [labs.lab_of("a", datetime(year, 1, 1, tzinfo=UTC)) for year in (2024, 2025, 2026)]
    assert years == [None, "A", None]


def test_the_version_changes_with_the_meaning_and_only_with_it(shipped: Labs) -> None:
    a = 'A = {country = "Chile", namespaces = ["a", "b"], source = "s"}'
    b = 'C = {namespaces = ["c"], source = "s"}'
    version = parse_labs(table(a, b)).version
    assert len(version) == len(shipped.version) == 8
    assert parse_labs(table(b, "# a note", a.replace('"a", "b"', '"B", "A"'))).version == version
    assert parse_labs(table(a, b.replace("source", 'aliases = ["x"], source'))).version == version
    for other in (
        a.replace("Chile", "Peru"),
        a.replace('"b"', '{name = "b", renamed_to = "a"}'),
        a.replace('"b"', '{name = "b", until = 2026-01-01}'),
        a.replace("A =", "AA ="),
    ):
        assert parse_labs(table(other, b)).version != version


def test_the_countries_come_sorted_and_without_repeats(shipped: Labs) -> None:
    assert list(shipped.countries) == sorted(set(shipped.countries))
    assert {"China", "United States", "France"} <= set(shipped.countries)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("labs = [", "not TOML"),
        ("[lab]", 'unknown key "lab"'),
        (table("A = 3"), 'lab "A": must be a table'),
        (table('A = {source = "s"}'), 'lab "A": needs namespaces'),
        (table('A = {namespaces = ["a"]}'), 'lab "A": source must be a list'),
        (table('A = {namespaces = ["a"], source = []}'), 'lab "A": needs a source'),
        (table('A = {namespaces = ["a"], source = "t"}'), 'source "t" is not a key'),
        (table('A = {namespaces = ["a"], source = "s", contry = "Chile"}'), '"contry"'),
        (table('A = {namespaces = [""], source = "s"}'), 'lab "A": namespaces must be a word'),
        (table('A = {country = "", namespaces = ["a"], source = "s"}'), "country must be a word"),
        (table('"" = {namespaces = ["a"], source = "s"}'), "its name is empty"),
        (table('A = {namespaces = ["a", "A"], source = "s"}'), '"A" is listed twice'),
        (
            table('A = {namespaces=["a"], source="s"}', 'B = {namespaces=["A"], source="s"}'),
            'namespace "A" is listed twice, under "A" and "B"',
        ),
        (
            table('A = {namespaces = ["b", {name = "a", renamed_to = "c"}], source = "s"}'),
            '"a" is renamed to "c", which is not among',
        ),
        (table('A = {namespaces = [{name = "a", till = 2026-01-01}], source = "s"}'), '"till"'),
        (table('A = {namespaces = [{name = "a", until = "2026"}], source = "s"}'), "be a day"),
        (
            table('A = {namespaces=[{name="a", since=2026-01-02, until=2026-01-01}], source="s"}'),
            "since is not before until",
        ),
        (
            table(
                'A = {namespaces = ["a"], aliases = ["x"], source = "s"}',
                'B = {namespaces = ["b"], aliases = ["X"], source = "s"}',
            ),
            'lab "B": "X" already means "A"',
        ),
        (
            table(
                'A = {namespaces = ["a"], source = "s"}',
                'B = {namespaces = ["b"], aliases = ["a2", "A"], source = "s"}',
            ),
            'lab "B": "A" already means "A"',
        ),
        (
            table(
                'A = {namespaces = ["x"], source = "s"}',
                'B = {namespaces = ["b"], aliases = ["x"], source = "s"}',
            ),
            'its namespace "x" is also a name of "B"',
        ),
        (table('A = {namespaces = ["a"], source = "s"}', "A = {}"), "not TOML"),
        (
            table('A = {namespaces=["a"], source="s"}', '[country_aliases]\nUK="United Kingdom"'),
            '"UK" means "United Kingdom", where no lab is based',
        ),
        (
            table(
                'A = {country = "UK", namespaces = ["a"], source = "s"}',
                'B = {country = "United Kingdom", namespaces = ["b"], source = "s"}',
                '[country_aliases]\nUK = "United Kingdom"',
            ),
            'a lab\'s country is written "UK"; write "United Kingdom" there',
        ),
        (
            table(
                'A = {namespaces = ["a"], source = "s"}',
                '[no_public_base]\nsource = "s"\nnamespaces = ["A"]',
            ),
            '"a" is listed under "A" too',
        ),
        (
            table('[no_public_base]\nsource = "s"\nnamespaces = ["x", "X"]'),
            '"X" is listed twice',
        ),
    ],
)
def test_a_wrong_table_is_refused_naming_the_entry_and_the_fault(text: str, says: str) -> None:
    with pytest.raises(LabTableError) as refusal:
        parse_labs(text)
    assert says in str(refusal.value)
