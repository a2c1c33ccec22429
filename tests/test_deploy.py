"""What is in deploy/ is held to the code, and checked as far as it can be without an engine."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from bot.settings import SETTINGS
from bot.store.connect import SAFE_POLICY
from tests.debian import needs
from tests.dockerfile import DOCKERFILE, NOT_COPIED, ROOT, stages

DEPLOY = ROOT / "deploy"
EXAMPLE = (DEPLOY / ".env.example").read_text("utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
ONLY_COMPOSE = {"HUBSHIFT_STORE_PASSWORD"}
LINE = re.compile(r"^#?([A-Z_]+)=(.*)$", re.MULTILINE)


def explained(name: str) -> str:
    """Return the comment that stands above a setting."""
    before = EXAMPLE[: EXAMPLE.index(f"#{name}=")].rpartition("\n\n")[2]
    return " ".join(line.removeprefix("#").strip() for line in before.splitlines())


def test_the_example_names_every_setting_once_and_no_other() -> None:
    names = [name for name, _ in LINE.findall(EXAMPLE)]
    assert sorted(names) == sorted({setting.name for setting in SETTINGS} | ONLY_COMPOSE)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda each: each.name)
def test_the_example_says_what_the_code_says_of_a_setting(setting: object) -> None:
    assert setting in SETTINGS
    chosen = next(each for each in SETTINGS if each is setting)
    assert chosen.purpose in explained(chosen.name)
    value = dict(LINE.findall(EXAMPLE))[chosen.name]
    # What is a word for "nothing", or stands in the code, is left empty.
    assert value in {"", chosen.default}
    if re.fullmatch(r"\d+[smhd]|(https|wss)://\S+", chosen.default):
        assert value == chosen.default


def test_every_line_of_the_example_is_commented_out() -> None:
    assert [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")] == []


def test_the_image_copies_what_there_is_and_runs_as_nobody_s_user() -> None:
    build, final = stages(DOCKERFILE.read_text("utf-8"))
    copied = [source for step in build if step.word == "COPY" for source in step.words.split()[:-1]]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    words = {step.word: step.words for step in final}
    assert words["USER"] == "10001:10001"
    assert words["ENTRYPOINT"] == '["hubshift"]'
    assert "/healthz" in words["HEALTHCHECK"]
    assert [step.word for step in final][-1] == "CMD"


def test_the_builder_gets_what_the_image_copies_and_nothing_else() -> None:
    (build, _) = stages(DOCKERFILE.read_text("utf-8"))
    copied = {s for step in build if step.word == "COPY" for s in step.words.split()[:-1]}
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert {line[1:] for line in lines if line.startswith("!")} == copied


def test_the_image_installs_from_the_hashed_lock() -> None:
    text = DOCKERFILE.read_text("utf-8")
    assert "--require-hashes -r requirements.lock" in text
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"python:${PYTHON}-slim-bookworm"}
    versions = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (python,) = re.findall(r"^ARG PYTHON=(\S+)", text, re.MULTILINE)
    assert python == "3.13"
    assert versions["requires-python"] == ">=3.11,<3.14"


def test_every_package_and_file_of_the_code_is_in_what_is_installed(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    for name in ("bot", "detectors"):
        made_here = shutil.ignore_patterns(*NOT_COPIED)
        shutil.copytree(ROOT / name, source / name, ignore=made_here)
    for name in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / name, source / name)
    wanted = {
        path.relative_to(source).as_posix()
        for name in ("bot", "detectors")
        for path in sorted((source / name).rglob("*"))
        if path.is_file()
    }
    # The lock brings setuptools; the wheel it makes is what pip installs.
    made = "from setuptools.build_meta import build_wheel; build_wheel('.')"
    subprocess.run([sys.executable, "-c", made], cwd=source, check=True, capture_output=True)  # noqa: S603 - words of ours
    (wheel,) = source.glob("*.whl")
    assert sorted(wanted - set(zipfile.ZipFile(wheel).namelist())) == []


def test_compose_fits_its_schema() -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    ran = subprocess.run(  # noqa: S603 - a program of our lock
        [*words, str(DEPLOY / "compose.yaml")], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_store_of_compose_is_one_that_hubshift_accepts() -> None:
    lines = COMPOSE["configs"]["valkey"]["content"].splitlines()
    said = {line.partition(" ")[0]: line.partition(" ")[2] for line in lines}
    assert said["maxmemory-policy"] == SAFE_POLICY
    assert said["appendonly"] == "yes"
    assert said["appendfsync"] == "always"
    assert said["requirepass"].startswith("${HUBSHIFT_STORE_PASSWORD:?")


@pytest.mark.parametrize("name", ["hubshift", "store"])
def test_both_containers_have_a_read_only_root_and_no_rights(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_this_machine_reaches_the_bot_and_nobody_the_store() -> None:
    assert COMPOSE["services"]["hubshift"]["ports"] == ["127.0.0.1:8080:8080"]
    assert "ports" not in COMPOSE["services"]["store"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@needs("systemd-analyze", package="systemd")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = (DEPLOY / "systemd" / "hubshift.service").read_text("utf-8")
    # The program is not installed here; that it is there is systemd's business.
    placed = tmp_path / "hubshift.service"
    placed.write_text(unit.replace("/opt/hubshift/bin/hubshift", sys.executable))
    ran = subprocess.run(  # noqa: S603 - a program of the system
        ["systemd-analyze", "verify", "--man=no", str(placed)],  # noqa: S607 - as above
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")


def test_the_alerts_ask_for_numbers_that_there_are() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "hubshift.rules.yaml").read_text("utf-8"))
    asked = {
        name
        for group in rules["groups"]
        for rule in group["rules"]
        for name in re.findall(r"hubshift_[a-z_]+", rule["expr"])
    }
    told = "".join(path.read_text("utf-8") for path in sorted((ROOT / "bot" / "web").glob("*.py")))
    assert sorted(name for name in asked if f'"{name}"' not in told) == []
