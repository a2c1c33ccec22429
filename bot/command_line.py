"""What every command of the command line shares: options, settings, days, and how it ends."""

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from bot import commands
from bot.settings import Settings, read_settings

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the embedded store (HUBSHIFT_DATA, default .hubshift).",
)
replay_data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of an embedded store to keep it in; without it the store is an empty one of "
    "its own, removed at the end.",
)
rules_option = click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Rules to watch, one a line; without it HUBSHIFT_RULES, or those shipped.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line and shift, of any severity."
)
all_option = click.option(
    "--all", "everything", is_flag=True, help="Tell at once what else waits for the digest, too."
)


def settings(data: Path | None = None) -> Settings:
    """Read the settings, with another folder where one is given; bad ones end the program."""
    try:
        found = read_settings(os.environ)
    except ValueError as error:
        fail(error)
    return found if data is None else replace(found, data=data)


def instant(text: str | None, option: str = "--at", *, end: bool = True) -> datetime | None:
    """Return the time that an option names, None where it is not given.

    A day alone is its last instant, or with `end` off its first.

    Raises:
        click.BadParameter: it is no date; the text names the option.
    """
    if text is None:
        return None
    try:
        with suppress(ValueError):
            day = date.fromisoformat(text)
            start = datetime(day.year, day.month, day.day, tzinfo=UTC)
            return commands.end_of_day(start) if end else start
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{text!r} is no date; write it like 2026-01-31", param_hint=option
        ) from None


def go(command: Coroutine[Any, Any, int]) -> None:
    """Run a command, and end the program with its exit code."""
    level = _log_level()
    logging.basicConfig(
        level=max(level, logging.INFO),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    # What libraries say at DEBUG is for their makers, and holds headers.
    logging.getLogger("bot").setLevel(level)
    # These tell of every job and every request at INFO; looks tell of themselves.
    for name in ("apscheduler", "httpx2", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        code = asyncio.run(command)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # Errors meant for people carry their exit code; a fault of ours keeps its traceback.
        if not hasattr(error, "exit_code"):
            raise
        fail(error)
    sys.exit(code)


def _log_level() -> int:
    """Return what is logged from; settings that cannot be read are told of by who reads them."""
    try:
        return read_settings(os.environ).log_level
    except ValueError:
        return logging.INFO


def fail(error: Exception) -> Any:
    """End the program with an error's sentence and its exit code."""
    click.echo(f"hubshift: {error}", err=True)
    sys.exit(getattr(error, "exit_code", 1))
