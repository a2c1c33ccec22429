"""The command line: `hubshift`, or `python -m bot`."""

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

from bot import asking, commands, holdings, viewing
from bot.settings import SETTINGS, Settings, read_settings

_EXITS = "Exit codes: 0 done, 1 trouble with store, Hub or platform, 2 bad input."
_data = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the embedded store (HUBSHIFT_DATA, default .hubshift).",
)
_rules = click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Rules to watch, one a line; without it HUBSHIFT_RULES, or those shipped.",
)
_json = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line and shift, of any severity."
)
_all = click.option(
    "--all", "everything", is_flag=True, help="Tell at once what else waits for the digest, too."
)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EXITS,
    invoke_without_command=True,
)
@click.version_option(package_name="hubshift", prog_name="hubshift")
@click.pass_context
def cli(context: click.Context) -> None:
    """Tell a team the day the open-model ecosystem shifts, with evidence anyone can check."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command()
@click.option("--fast", is_flag=True, help="At full speed, also on a terminal.")
@_all
def demo(*, fast: bool, everything: bool) -> None:
    """Replay half a year of real trending lists; tell what shifted."""
    _go(commands.demo(_settings(), fast=fast, everything=everything))


@cli.command()
@_data
@_rules
@_json
@_all
def run(data: Path | None, rules: Path | None, *, as_json: bool, everything: bool) -> None:
    """Watch the live Hub: a pulse every hour, a census every day."""
    _go(commands.run(_settings(data), rules, as_json=as_json, everything=everything))


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@_data
@_rules
@_json
@_all
def replay(
    files: tuple[Path, ...],
    data: Path | None,
    rules: Path | None,
    *,
    as_json: bool,
    everything: bool,
) -> None:
    """Replay recorded Hubs (recorded-hub/1) and tell what shifted.

    Without --data the store is an empty one of its own, removed at the end.
    """
    told = {"as_json": as_json, "everything": everything}
    _go(commands.replay(_settings(data), files, rules, own=data is None, **told))


@cli.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--at", metavar="DATE", help="The day of the file, where its name does not say it.")
@click.option("--panel", metavar="NAME", help="Name the part of the Hub that the files cover.")
@_data
def import_(files: tuple[Path, ...], at: str | None, panel: str | None, data: Path | None) -> None:
    """Import published Hub statistics as past censuses, a file a day.

    They become censuses of their days, oldest first, and nothing is delivered. What is held
    already is passed over, so an import that was ended is gone on with by the same command.
    """
    _go(commands.import_tables(_settings(data), files, _instant(at, end=False), panel))


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--kind", type=click.Choice(["census", "pulse"]), default="pulse", show_default=True)
@_data
def record(file: Path, kind: str, data: Path | None) -> None:
    """Record the live Hub into FILE (recorded-hub/1).

    A name that ends in .gz is compressed. A FILE that exists gets the new snapshot appended.
    """
    _go(commands.record(_settings(data), file, kind))


@cli.command()
@click.argument("question", nargs=-1, required=True)
@click.option(
    "--png",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the picture of a `chart …` question into FILE, too.",
)
@click.option("--channel", metavar="CHANNEL", help="Ask for a channel, such as slack:C024BE91L.")
@_data
def ask(
    question: tuple[str, ...], png: Path | None, channel: str | None, data: Path | None
) -> None:
    """Ask what is held, or set up what is told; see `ask help`."""
    _go(asking.ask(_settings(data), " ".join(question), png, channel))


@cli.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@_data
def gallery(file: Path | None, data: Path | None) -> None:
    """Write a page of every message, as Slack and Discord draw it.

    Without FILE it is DIR/gallery.html.
    """
    _go(viewing.gallery(_settings(data), file))


@cli.command()
@click.argument("shift", nargs=-1, required=True)
@_data
def why(shift: tuple[str, ...], data: Path | None) -> None:
    """Print a shift's evidence, measured again from what is held.

    SHIFT is its id, the beginning of one, or what it is about, as `ask shifts` lists them.
    """
    _go(asking.ask(_settings(data), " ".join(("why", *shift))))


@cli.command("why-not")
@click.argument("rule", nargs=-1, required=True)
@click.option("--at", metavar="DAY", help="The day, such as 2026-01-31; without it the last one.")
@_data
def why_not(rule: tuple[str, ...], at: str | None, data: Path | None) -> None:
    """Say what stopped a rule on a day.

    The line, a confirmation, a withheld snapshot, …
    """
    _go(asking.ask(_settings(data), " ".join(("why-not", *rule, *(("on", at) if at else ())))))


@cli.command()
@click.option("--at", metavar="DATE", help="As it stood that day, such as 2026-01-31.")
@_data
def claims(at: str | None, data: Path | None) -> None:
    """Hold the press's seven claims against what is held."""
    _go(asking.ask(_settings(data), " ".join(("claims", *(("on", at) if at else ())))))


@cli.command()
@click.argument("rule", nargs=-1, required=True)
@click.option("--since", metavar="DATE", help="Count from this day on, such as 2026-01-01.")
@click.option("--until", metavar="DATE", help="Count up to this day, it included.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@_data
def backtest(
    rule: tuple[str, ...], since: str | None, until: str | None, data: Path | None, *, as_json: bool
) -> None:
    """Try RULE on all that is held: how often, and when, it fires."""
    begin = _instant(since, "--since", end=False)
    told = commands.backtest(
        _settings(data), " ".join(rule), begin, _instant(until, "--until"), as_json=as_json
    )
    _go(told)


@cli.command()
@_data
@_rules
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def suggest(data: Path | None, rules: Path | None, *, as_json: bool) -> None:
    """Propose, for each detector, a threshold met about once a month."""
    _go(commands.suggest(_settings(data), rules, as_json=as_json))


@cli.command()
@click.option("--at", metavar="DATE", help="The day it ends with, such as 2026-01-31.")
@_data
def digest(at: str | None, data: Path | None) -> None:
    """Write the weekly digest."""
    _go(commands.digest(_settings(data), _instant(at)))


@cli.command()
@click.argument(
    "action", type=click.Choice(["list", "retry", "drop", "resume"]), default="list", required=False
)
@click.argument("name", required=False, metavar="[ID|CHANNEL]")
@_data
def outbox(action: str, name: str | None, data: Path | None) -> None:
    """List what waits and what became of it; retry, drop or resume.

    `retry` and `drop` take the ID of a dead letter, or `all`; `resume` takes a channel.

    A channel of another workspace or server is written with it: slack:C…@T…, discord:123…@456….
    `resume slack` or `resume discord` sends again with a token that was stopped.
    """
    _go(commands.outbox(_settings(data), action, name))


@cli.command("send-test")
@click.argument("channel")
def send_test(channel: str) -> None:
    """Post a sample to CHANNEL.

    It is slack:C…, discord:123…, webhook:https://… or console.
    """
    _go(commands.send_test(_settings(), channel))


@cli.command(
    epilog="\b\nSettings:\n"
    + "\n".join(
        f"  {setting.name:<22} {setting.purpose} ({setting.default})" for setting in SETTINGS
    )
)
@_data
def doctor(data: Path | None) -> None:
    """Check settings, store, Hub and tokens, and say what to do."""
    _go(commands.doctor(os.environ, data))


@cli.group("discord")
def discord() -> None:
    """Tell Discord of the commands that people can type there."""


@discord.command("sync")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--force", is_flag=True, help="Write the commands also where they have not changed.")
@_data
def discord_sync(data: Path | None, *, dry_run: bool, force: bool) -> None:
    """Write the commands of /hubshift to Discord where they changed.

    A step of setting up and of each update; `run` never does it.
    """
    _go(commands.discord_sync(_settings(data), dry_run=dry_run, force=force))


@cli.group("store")
def store() -> None:
    """Say what is held and what it costs, or drop what is old."""


@store.command("stats")
@_data
def store_stats(data: Path | None) -> None:
    """Say what is held, what it costs, and how much changes a day."""
    _go(holdings.stats(_settings(data)))


@store.command("thin")
@_data
def store_thin(data: Path | None) -> None:
    """Drop what is not kept any longer; `run` does so after a census.

    HUBSHIFT_KEEP_ALL and HUBSHIFT_KEEP_DAILY say what is kept.
    """
    _go(holdings.thin(_settings(data)))


def main() -> None:
    """Run the command line; errors come out as one sentence and an exit code."""
    if sys.stdout is None or sys.stderr is None:
        # Closed by the shell (`>&-`); there is nowhere to say so.
        sys.exit(1)
    cli(prog_name="hubshift")


def _settings(data: Path | None = None) -> Settings:
    try:
        settings = read_settings(os.environ)
    except ValueError as error:
        _fail(error)
    return settings if data is None else replace(settings, data=data)


def _instant(text: str | None, option: str = "--at", *, end: bool = True) -> datetime | None:
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


def _go(command: Coroutine[Any, Any, int]) -> None:
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
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
        _fail(error)
    sys.exit(code)


def _fail(error: Exception) -> Any:
    click.echo(f"hubshift: {error}", err=True)
    sys.exit(getattr(error, "exit_code", 1))


if __name__ == "__main__":
    main()
