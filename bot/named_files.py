"""The files that settings and options name: the lab table and the rules, or those shipped."""

from importlib.resources import files
from pathlib import Path

from bot.rules import RuleError, parse_rules
from bot.settings import Settings
from detectors.base import Detector
from detectors.labs import Labs, LabTableError, parse_labs

DEFAULT_RULES = "default.rules"


class FileError(ValueError):
    """A file named by a setting or an option cannot be read."""

    exit_code = 2


def labs_of(settings: Settings) -> Labs:
    """Read the lab table that is set, or the one shipped."""
    if settings.labs is None:
        return parse_labs(files("detectors").joinpath("labs.toml").read_text("utf-8"))
    try:
        return parse_labs(_text(settings.labs, "HUBSHIFT_LABS"))
    except LabTableError as error:
        raise FileError(f"{settings.labs}: {error}") from None


def rules_of(settings: Settings, labs: Labs, named: Path | None = None) -> list[Detector]:
    """Read the rules of an option, else of the setting, else those shipped."""
    path = named or settings.rules
    if path is None:
        shipped = files("bot").joinpath(DEFAULT_RULES).read_text("utf-8")
        return parse_rules(shipped, labs, DEFAULT_RULES)
    return parse_rules(_text(path, "the rules file"), labs, str(path))


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RuleError(f"{path}: is not UTF-8 text ({error.reason})") from None
    except OSError as error:
        raise FileError(f"{path}: {what} cannot be read ({error.strerror})") from None
