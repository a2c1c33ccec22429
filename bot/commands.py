"""What each command does, once its words are read; each returns its exit code."""

import asyncio
import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot import backtest as trials
from bot import owner
from bot.app import (
    channels_of,
    live_hub,
    messenger,
    now,
    opened,
    opened_empty,
    posting,
    recorded_hub,
    timing_of,
)
from bot.backfill import PASSES, backfill, sentence
from bot.backtest import report
from bot.channel import Channel
from bot.chat.console import printed
from bot.demo import opening, recording, source
from bot.digest import weekly
from bot.dispatch import Worker
from bot.dispatch.pictured import SHOWN_ON
from bot.doctor import examine
from bot.front import serve
from bot.hub import tables
from bot.hub.port import HubError
from bot.hub.progress import steps_of, terminal_progress
from bot.hub.recorded import kept
from bot.hub.recording import write_recording
from bot.named_files import labs_of, rules_of
from bot.render.sample import sample_message
from bot.replay import replay as replay_readings
from bot.rules import parse_rule
from bot.run import Runner
from bot.settings import Settings, interval
from detectors.base import Detector
from detectors.metric import Kind
from detectors.shift import AT_ONCE, Severity

log = logging.getLogger(__name__)

# Half a year in about three quarters of a minute: time to read, not to wait.
DEMO_SECONDS_A_DAY = 0.25


async def demo(settings: Settings, *, fast: bool, everything: bool = False) -> int:
    """Replay the recording shipped into a store of its own, then write the week's digest."""
    out = sys.stdout
    pause = DEMO_SECONDS_A_DAY if out.isatty() and not fast else 0.0
    hub = recorded_hub([recording()])
    hub.check()
    printed(opening(source()), out)
    async with opened_empty(settings) as app:
        tally = await replay_readings(
            hub.readings(),
            app.watch(_floor(everything=everything)),
            app.works(messenger(out)),
            pause=pause,
        )
        if tally.last is not None:
            week = await weekly(app.store, end_of_day(tally.last.taken_at))
            printed(week.text + "\n", out)
    printed(tally.sentence(), out)
    return 0


async def run(
    settings: Settings, rules: Path | None, *, as_json: bool, everything: bool = False
) -> int:
    """Watch the live Hub until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    every = {Kind.PULSE: settings.pulse_every}
    if settings.census_every is not None:
        every[Kind.CENSUS] = settings.census_every
    hub = live_hub(settings)
    async with (
        opened(settings, rules=rules) as app,
        posting(settings, sys.stdout, as_json=as_json, store=app.store) as messengers,
    ):
        works = app.works(*messengers, timing=timing_of(settings))
        for platform, tenant in works.desk:
            # What a revoked token had stopped is tried again: it may be another by now.
            await works.outbox.resume(platform, tenant)
        channels = channels_of(settings)
        watch = app.watch(_floor(everything=everything or as_json), channels)
        runner = Runner(
            hub=hub,
            watch=watch,
            connection=app.connection,
            worker=Worker(works),
            every=every,
            retention=settings.retention,
            digests=app.digests(watch.floor),
            clock=now,
        )
        if SHOWN_ON.intersection(each.platform for each in messengers):
            await app.easel.warm()
        log.info("%s", _watching(app.rules, every))
        log.info("alerts go to %s", ", ".join(each.shown for each in channels))
        serving = asyncio.create_task(
            serve(app.fronts(runner.meters, app.desk(watch.at_hand, watch.floor)), stop)
        )
        try:
            await runner.run(stop)
        finally:
            stop.set()
            await serving
    return 0


async def replay(
    settings: Settings,
    files: Sequence[Path],
    rules: Path | None,
    *,
    own: bool,
    as_json: bool,
    everything: bool = False,
) -> int:
    """Replay recordings: rules and files are checked whole before anything is stored."""
    rules_of(settings, labs_of(settings), rules)
    with kept(files) as paths:
        hub = recorded_hub(paths)
        # What is kept of a time to come would keep out every look before it.
        heads = hub.check(None if own else now())
        store = opened_empty(settings, rules=rules) if own else opened(settings, rules=rules)
        async with store as app:
            watch = app.watch(_floor(everything=everything or as_json))
            await watch.accept(heads)
            tally = await replay_readings(
                hub.readings(),
                watch,
                app.works(messenger(sys.stdout, as_json=as_json)),
            )
    printed(tally.sentence(), sys.stderr if as_json else sys.stdout)
    return 0


async def import_tables(
    settings: Settings, files: Sequence[Path], at: datetime | None, panel: str | None
) -> int:
    """Take published Hub statistics in as censuses of their days, telling nobody.

    The exit code is 1 where a day was passed over since its note is damaged.
    """
    found = tables.opened(files, at, panel)
    # Nothing that is looked at before that day would be later than what is held then.
    tables.not_ahead(found, now())
    rows = sum(table.rows for table in found)
    async with opened(settings) as app:
        with steps_of("looking at the files", PASSES * rows) as steps:
            tally = await backfill(found, app.quiet_watch(), steps, settings.retention)
    printed(sentence(found, tally), sys.stdout)
    return 1 if tally.damaged else 0


async def record(settings: Settings, file: Path, kind: str) -> int:
    """Take one look at the live Hub and write it down; one that is partial is marked as such."""
    with terminal_progress(f"reading a {kind}") as progress:
        hub = live_hub(settings, progress, records=True)
        reading = await (hub.pulse() if kind == Kind.PULSE else hub.census())
    if not len(reading):
        raise HubError("empty", f"{settings.endpoint} listed no model; nothing was written")
    await asyncio.to_thread(write_recording, file, reading)
    for note in (*reading.notes, *([reading.partial] if reading.partial else [])):
        printed(f"note: {note}", sys.stderr)
    whole = "marked as not complete" if reading.partial else "complete"
    printed(
        f"{file}: a {kind} with {len(reading):,} records in {len(reading.listings)} lists, "
        f"{whole}.",
        sys.stdout,
    )
    return 1 if reading.partial else 0


async def backtest(
    settings: Settings,
    rule: str,
    since: datetime | None,
    until: datetime | None,
    *,
    as_json: bool,
) -> int:
    """Try a rule on what is held."""
    wanted = parse_rule(rule, labs_of(settings))
    async with opened(settings) as app:
        found = await trials.backtest(wanted, app.store, since, until)
    if as_json:
        printed(report.as_json(found.trial, found.beside, found.withheld), sys.stdout)
    else:
        printed(report.backtested(found.trial, found.beside, found.withheld).text, sys.stdout)
    return 0


async def suggest(settings: Settings, rules: Path | None, *, as_json: bool) -> int:
    """Propose thresholds that what is held would have met about once a month."""
    async with opened(settings, rules=rules) as app:
        found = await trials.suggest(app.rules, app.store, app.labs)
    said = report.suggested_json(found) if as_json else report.suggested(found).text
    printed(said, sys.stdout)
    return 0


async def digest(settings: Settings, at: datetime | None) -> int:
    """Write the digest of the week up to a day, or up to now."""
    async with opened(settings) as app:
        week = await weekly(app.store, at or now())
    printed(week.text, sys.stdout)
    return 0


async def outbox(settings: Settings, action: str, name: str | None) -> int:
    """Show what waits and what became of deliveries, or decide about them."""
    async with opened(settings) as app:
        match action, name:
            case "list", _:
                said = await owner.listed(app.store, name)
            case "retry", str():
                said = await owner.retried(app.store.office, name)
            case "drop", str():
                said = await owner.dropped(app.store.office, name)
            case "resume", str():
                said = await owner.resumed(app.store, name)
            case _:
                raise owner.NoSuchDelivery(f"`outbox {action}` is written with an ID or CHANNEL")
    printed(said, sys.stdout)
    return 0


async def send_test(settings: Settings, channel: str) -> int:
    """Post a sample to a channel."""
    async with posting(settings, sys.stdout) as messengers:
        sample = sample_message(now(), "Somebody ran `hubshift send-test`")
        said = await owner.sampled(Channel.parse(channel), messengers, sample)
    printed(said, sys.stdout)
    return 0


async def discord_sync(settings: Settings, *, dry_run: bool, force: bool) -> int:
    """Tell Discord of the commands where they have changed."""
    async with opened(settings) as app:
        said = await app.discord_sync(dry_run=dry_run, force=force)
    printed(said, sys.stdout)
    return 0


async def doctor(environ: Mapping[str, str], data: Path | None) -> int:
    """Print what was found; the worst exit code of all findings."""
    findings = await examine(environ, data)
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        sign = "ok " if finding.well else "NOT"
        first, *rest = finding.detail.splitlines()
        printed(f"{sign} {finding.what:<{width}}  {first}", sys.stdout)
        for line in rest:
            printed(" " * (width + 6) + line, sys.stdout)
    wrong = [finding for finding in findings if not finding.well]
    printed(
        f"{len(wrong)} of {len(findings)} {'needs' if len(wrong) == 1 else 'need'} a hand."
        if wrong
        else "All is well.",
        sys.stdout,
    )
    return max((finding.exit_code or 1 for finding in wrong), default=0)


def _floor(*, everything: bool) -> Severity:
    """Return how grave a Shift must be to be told at once; programs read all of them."""
    return Severity.INFO if everything else AT_ONCE


def _watching(rules: Sequence[Detector], every: Mapping[Kind, timedelta]) -> str:
    looks = ", ".join(f"a {kind.value} every {interval(time)}" for kind, time in every.items())
    return (
        f"watching {len(rules)} rules: {looks}. The first look of each is the baseline, news come "
        "after it. Ctrl-C ends."
    )


def end_of_day(at: datetime) -> datetime:
    """Return the last second of a day in UTC: what a day "to the 30th" ends with."""
    return at.replace(hour=23, minute=59, second=59, microsecond=0)
