"""The command line: `hubshift`, or `python -m bot`."""

import os
import sys
from pathlib import Path
from textwrap import fill, indent

import click

from bot import asking, commands, holdings, memory, viewing
from bot.command_line import (
    all_option,
    data_option,
    go,
    instant,
    json_option,
    replay_data_option,
    rules_option,
    settings,
)
from bot.settings import SETTINGS

_EXITS = "Exit codes: 0 done, 1 trouble with store, Hub or platform, 2 bad input."


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
@all_option
def demo(*, fast: bool, everything: bool) -> None:
    """Replay half a year of real trending lists; tell what shifted."""
    go(commands.demo(settings(), fast=fast, everything=everything))


@cli.command()
@data_option
@rules_option
@json_option
@all_option
def run(data: Path | None, rules: Path | None, *, as_json: bool, everything: bool) -> None:
    """Watch the live Hub: a pulse every hour, a census every day."""
    go(commands.run(settings(data), rules, as_json=as_json, everything=everything))


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@replay_data_option
@rules_option
@json_option
@all_option
def replay(
    files: tuple[Path, ...],
    data: Path | None,
    rules: Path | None,
    *,
    as_json: bool,
    everything: bool,
) -> None:
    """Replay recorded Hubs (recorded-hub/1) and tell what shifted."""
    told = {"as_json": as_json, "everything": everything}
    go(commands.replay(settings(data), files, rules, own=data is None, **told))


@cli.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--at", metavar="DATE", help="The day of the file, where its name does not say it.")
@click.option("--panel", metavar="NAME", help="Name the part of the Hub that the files cover.")
@data_option
def import_(files: tuple[Path, ...], at: str | None, panel: str | None, data: Path | None) -> None:
    """Import published Hub statistics as past censuses, a file a day.

    They become censuses of their days, oldest first, and nothing is delivered. What is held
    already is passed over, so an import that was ended is gone on with by the same command.
    """
    go(commands.import_tables(settings(data), files, instant(at, end=False), panel))


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--kind", type=click.Choice(["census", "pulse"]), default="pulse", show_default=True)
@data_option
def record(file: Path, kind: str, data: Path | None) -> None:
    """Record the live Hub into FILE (recorded-hub/1).

    A name that ends in .gz is compressed. A FILE that exists gets the new snapshot appended.
    """
    go(commands.record(settings(data), file, kind))


@cli.command()
@click.argument("question", nargs=-1, required=True)
@click.option(
    "--png",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the picture of a `chart …` question into FILE, too.",
)
@click.option("--channel", metavar="CHANNEL", help="Ask for a channel, such as slack:C024BE91L.")
@data_option
def ask(
    question: tuple[str, ...], png: Path | None, channel: str | None, data: Path | None
) -> None:
    """Ask what is held, or set up what is told; see `ask help`."""
    go(asking.ask(settings(data), " ".join(question), png, channel))


@cli.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@data_option
def gallery(file: Path | None, data: Path | None) -> None:
    """Write a page of every message, as Slack and Discord draw it.

    Without FILE it is DIR/gallery.html.
    """
    go(viewing.gallery(settings(data), file))


@cli.command()
@click.argument("shift", nargs=-1, required=True)
@data_option
def why(shift: tuple[str, ...], data: Path | None) -> None:
    """Print a shift's evidence, measured again from what is held.

    SHIFT is its id, the beginning of one, or what it is about, as `ask shifts` lists them.
    """
    go(asking.ask(settings(data), " ".join(("why", *shift))))


@cli.command("why-not")
@click.argument("rule", nargs=-1, required=True)
@click.option("--at", metavar="DAY", help="The day, such as 2026-01-31; without it the last one.")
@data_option
def why_not(rule: tuple[str, ...], at: str | None, data: Path | None) -> None:
    """Say what stopped a rule on a day.

    The line, a confirmation, a withheld snapshot, …
    """
    go(asking.ask(settings(data), " ".join(("why-not", *rule, *(("on", at) if at else ())))))


@cli.command()
@click.option("--at", metavar="DATE", help="As it stood that day, such as 2026-01-31.")
@data_option
def claims(at: str | None, data: Path | None) -> None:
    """Hold the press's seven claims against what is held."""
    go(asking.ask(settings(data), " ".join(("claims", *(("on", at) if at else ())))))


@cli.command()
@click.argument("rule", nargs=-1, required=True)
@click.option("--since", metavar="DATE", help="Count from this day on, such as 2026-01-01.")
@click.option("--until", metavar="DATE", help="Count up to this day, it included.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@data_option
def backtest(
    rule: tuple[str, ...], since: str | None, until: str | None, data: Path | None, *, as_json: bool
) -> None:
    """Try RULE on all that is held: how often, and when, it fires.

    A year takes a second as a rule. Rules in a lab, a country or a licence, on ranks below the
    1,000 kept (100 of a task), and those of cadence, breakout, suspicious growth and access change
    read every model of every day: of a million models a day takes 40 to 90 ms, for "cadence of
    anyone" 250 ms.
    """
    begin = instant(since, "--since", end=False)
    told = commands.backtest(
        settings(data), " ".join(rule), begin, instant(until, "--until"), as_json=as_json
    )
    go(told)


@cli.command()
@data_option
@rules_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def suggest(data: Path | None, rules: Path | None, *, as_json: bool) -> None:
    """Propose, for each detector, a threshold met about once a month."""
    go(commands.suggest(settings(data), rules, as_json=as_json))


@cli.command()
@click.option("--at", metavar="DATE", help="The day it ends with, such as 2026-01-31.")
@data_option
def digest(at: str | None, data: Path | None) -> None:
    """Write the weekly digest."""
    go(commands.digest(settings(data), instant(at)))


@cli.command()
@click.argument(
    "action", type=click.Choice(["list", "retry", "drop", "resume"]), default="list", required=False
)
@click.argument("name", required=False, metavar="[ID|CHANNEL]")
@data_option
def outbox(action: str, name: str | None, data: Path | None) -> None:
    """List what waits and what became of it; retry, drop or resume.

    `retry` and `drop` take the ID of a dead letter, or `all`; `resume` takes a channel.

    A channel of another workspace or server is written with it: slack:C…@T…, discord:123…@456….
    `resume slack` or `resume discord` sends again with a token that was stopped.
    """
    go(commands.outbox(settings(data), action, name))


@cli.command("send-test")
@click.argument("channel")
def send_test(channel: str) -> None:
    """Post a sample to CHANNEL.

    It is slack:C…, discord:123…, webhook:https://… or console.
    """
    go(commands.send_test(settings(), channel))


@cli.command(
    epilog="\b\nSettings, each with what holds without it:\n"
    + "\n".join(
        f"  {setting.name} ({setting.default})\n{indent(fill(setting.purpose, 70), ' ' * 6)}"
        for setting in SETTINGS
    )
)
@data_option
def doctor(data: Path | None) -> None:
    """Check settings, store, Hub and tokens, and say what to do."""
    go(commands.doctor(os.environ, data))


@cli.group("discord")
def discord() -> None:
    """Tell Discord of the commands that people can type there."""


@discord.command("sync")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--force", is_flag=True, help="Write the commands also where they have not changed.")
@data_option
def discord_sync(data: Path | None, *, dry_run: bool, force: bool) -> None:
    """Write the commands of /hubshift to Discord where they changed.

    A step of setting up and of each update; `run` never does it.
    """
    go(commands.discord_sync(settings(data), dry_run=dry_run, force=force))


@cli.group("store")
def store() -> None:
    """Say what is held and what it costs, or drop what is old."""


@store.command("stats")
@data_option
def store_stats(data: Path | None) -> None:
    """Say what is held, what it costs, and how much changes a day."""
    go(holdings.stats(settings(data)))


@store.command("thin")
@data_option
def store_thin(data: Path | None) -> None:
    """Drop what is not kept any longer; `run` does so after a census.

    HUBSHIFT_KEEP_ALL and HUBSHIFT_KEEP_DAILY say what is kept.
    """
    go(holdings.thin(settings(data)))


def main() -> None:
    """Run the command line; errors come out as one sentence and an exit code."""
    if sys.stdout is None or sys.stderr is None:
        # Closed by the shell (`>&-`); there is nowhere to say so.
        sys.exit(1)
    memory.shared()
    cli(prog_name="hubshift")


if __name__ == "__main__":
    main()
