"""Answers `claims`: what the press says of open models, measured on what is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.aside import aside
from bot.lookups.asked import ClaimsAsked
from bot.lookups.held import Wanted, newest, nothing, whole_census
from bot.lookups.measured import measured_share, taken_from
from bot.render import message_of, stories
from bot.render.answer import Answer
from bot.views import Views
from bot.wording import clean, day, figure, listing, named, percent, plural
from detectors.access_change import AccessChange
from detectors.cadence import LEAST_RELEASES
from detectors.metric import Metric
from detectors.releases import RELEASE_DEFINITION
from detectors.rhythm import MONTH, Rhythm
from detectors.scope import default_scope
from detectors.share import By, Of, Places, Share, ShareQuestion
from detectors.shift import Event
from detectors.snapshot import Snapshot

# As reported at the end of 2025: six of the ten.
CHINESE_PLACES = 6
PLACES = 10
# As reported: "over 40 %".
QWEN_ABOVE = 0.40
# Reported are "about 15 %" and "about 50 %": five points of room on the side that weakens it.
META_NOW_MOST = 0.20
META_THEN_LEAST = 0.45
YEAR = timedelta(days=365)
# Censuses may be a month apart, as the monthly crawls are.
YEAR_SLACK = timedelta(days=31)
# No figure was reported: a new release within a month is what a team that chooses models feels.
SHORT_DAYS = 30
# A quarter of a year: what a reader still calls lately.
LATELY = timedelta(days=90)
_SHOWN = 5
_LINEAGE = f"a census that has lineage, and derivatives of the {MONTH.days} days before it"
_AUTHORS = (
    f"a census that has authors and lineage, and newcomers of the {MONTH.days} days before it"
)
# What is gone or renamed is no change of who may use a model.
_ACCESS = {Event.GATED, Event.OPENED, Event.LICENSE}

HOLDS, FAILS, OPEN = "holds", "does not hold", "cannot be told from what is held"


@dataclass(frozen=True)
class _Found:
    """A share that was measured, and on what."""

    snapshot: Snapshot
    share: Share

    @property
    def closing(self) -> str:
        """When, over what, what is unknown, and by which definition."""
        version = self.share.question.definition(self.snapshot.labs)
        return f"{measured_share(self.snapshot, self.share)} Definition {version}."


async def claims(asked: ClaimsAsked, views: Views) -> Answer:
    """Hold the seven claims against what is held; NothingHeld where nothing is."""
    answers = (_chinese, _first, _qwen, _meta, _newcomers, _cycle, _access)
    if not await _any(asked, views):
        raise await nothing(views, asked.at, "the claims need a list or a census")
    parts = [await each(asked, views) for each in answers]
    lines = [line for number, each in enumerate(parts, 1) for line in _numbered(number, each)]
    return Answer(
        title=f"What the press says of open models, {day(asked.at)}",
        parts=tuple(lines[:-1]),
        closing="`why-not RULE` and `share of …` tell more of one figure.",
    )


async def _any(asked: ClaimsAsked, views: Views) -> bool:
    notes = [note for each in await views.streams() for note in await views.notes(each)]
    return any(note.admitted and note.taken_at <= asked.at for note in notes)


def _numbered(number: int, lines: Sequence[str]) -> list[str]:
    return [f"{number}. {lines[0]}", *(f"   {line}" for line in lines[1:]), ""]


async def _measured(asked: ClaimsAsked, views: Views, question: ShareQuestion) -> _Found | None:
    board = question.board
    wanted = Wanted(
        lambda each: bool((found := each.share(question)) and found.total),
        board.metric if board else None,
    )
    snapshot = await newest(views, asked.at, wanted)
    share = snapshot.share(question) if snapshot else None
    return _Found(snapshot, share) if snapshot and share else None


def _slots(by: By, n: int, metric: Metric) -> ShareQuestion:
    return ShareQuestion(Of.SLOTS, by, default_scope(metric), Places(n, metric))


def _lacking(head: str, needed: str) -> list[str]:
    return [f"{head}: {OPEN}", f"It needs {needed}."]


async def _chinese(asked: ClaimsAsked, views: Views) -> list[str]:
    head = f"Six of the ten most popular models are Chinese ({CHINESE_PLACES} or more hold it)"
    found = await _measured(asked, views, _slots(By.COUNTRY, PLACES, Metric.TRENDING))
    if found is None or found.share.total < PLACES:
        return _lacking(head, f"a trending list of {PLACES}")
    verdict, said = _places(found.share)
    lines = [f"{head}: {verdict}", f"{said} by trending.", found.closing]
    used = await _measured(asked, views, _slots(By.COUNTRY, PLACES, Metric.DOWNLOADS))
    if used is not None and used.share.total >= PLACES:
        verdict, said = _places(used.share)
        among = f"{Metric.DOWNLOADS.label} among language models"
        lines += [f"{said} by {among}: {verdict}.", used.closing]
    return lines


def _places(share: Share) -> tuple[str, str]:
    count = share.amounts.get("China", 0.0)
    verdict = _over(surely=count >= CHINESE_PLACES, maybe=count + share.unknown >= CHINESE_PLACES)
    return verdict, f"{figure(count)} of {figure(share.total)} places"


def _over(*, surely: bool, maybe: bool) -> str:
    if surely:
        return HOLDS
    return f"{OPEN}: the unknown part could decide it" if maybe else FAILS


async def _first(asked: ClaimsAsked, views: Views) -> list[str]:
    head = "DeepSeek holds the first place by likes"
    found = await _measured(asked, views, _slots(By.LAB, 1, Metric.LIKES))
    if found is None:
        return _lacking(head, "a list by likes or a census")
    if not found.share.leaders:
        return [f"{head}: {OPEN}", "The lab of the first model is unknown.", found.closing]
    lab = found.share.leaders[0][0]
    return [f"{head}: {_is(lab, 'DeepSeek')}", f"It is {named(lab)}.", found.closing]


def _is(found: str, reported: str) -> str:
    return HOLDS if found == reported else FAILS


async def _qwen(asked: ClaimsAsked, views: Views) -> list[str]:
    head = f"Qwen has over {percent(QWEN_ABOVE)} of new derivatives"
    lines: list[str] = []
    for of in (Of.DERIVATIVES, Of.FINETUNES):
        found = await _measured(asked, views, ShareQuestion(of, By.FAMILY))
        if found is None:
            lines += _lacking(of.unit, _LINEAGE)
            continue
        part, unknown = found.share.part("Qwen"), _unknown(found.share)
        verdict = _over(surely=part > QWEN_ABOVE, maybe=part + unknown > QWEN_ABOVE)
        lines += [f"{of.unit}: {percent(part)}, {verdict}", found.closing]
    verdict = lines[0].partition(", ")[2] or OPEN
    return [f"{head}: {verdict}", *lines]


async def _meta(asked: ClaimsAsked, views: Views) -> list[str]:
    rule = f"now at most {percent(META_NOW_MOST)}, then at least {percent(META_THEN_LEAST)}"
    head = f"Meta fell from about half to about 15 % in a year ({rule})"
    question = ShareQuestion(Of.DERIVATIVES, By.FAMILY)
    now = await _measured(asked, views, question)
    if now is None:
        return _lacking(head, _LINEAGE)
    part = now.share.part("Meta")
    at = now.snapshot.taken_at - YEAR
    then = await _measured(ClaimsAsked(at), views, question)
    if then is None or then.snapshot.taken_at < at - YEAR_SLACK:
        said = f"Now {percent(part)}; no census is held from about {day(at)}, a year before."
        return [f"{head}: {OPEN}", said, now.closing]
    was = then.share.part("Meta")
    least, most = part, part + _unknown(now.share)
    then_least, then_most = was, was + _unknown(then.share)
    verdict = _over(
        surely=most <= META_NOW_MOST and then_least >= META_THEN_LEAST,
        maybe=least <= META_NOW_MOST and then_most >= META_THEN_LEAST,
    )
    said = f"Now {percent(part)}, then {percent(was)}."
    return [f"{head}: {verdict}", said, now.closing, then.closing]


async def _newcomers(asked: ClaimsAsked, views: Views) -> list[str]:
    head = "More new contributors build on Qwen than on any other family"
    found = await _measured(asked, views, ShareQuestion(Of.CONTRIBUTORS, By.FAMILY))
    if found is None:
        return _lacking(head, _AUTHORS)
    share = found.share
    qwen = share.amounts.get("Qwen", 0.0)
    rival = max((held for family, held in share.leaders if family != "Qwen"), default=0.0)
    verdict = _over(surely=qwen > rival + share.unknown, maybe=qwen + share.unknown > rival)
    return [f"{head}: {verdict}", _foremost(share), found.closing]


def _foremost(share: Share) -> str:
    if not share.leaders:
        return "The families that they build on are all unknown."
    most = share.leaders[0][1]
    first = [named(family) for family, held in share.leaders if held == most]
    come = "comes" if len(first) == 1 else "come"
    part = percent(share.part(share.leaders[0][0]))
    return f"{listing(first)} {come} first with {part}{'' if len(first) == 1 else ' each'}."


def _unknown(share: Share) -> float:
    return share.unknown / share.total if share.total else 0.0


async def _cycle(asked: ClaimsAsked, views: Views) -> list[str]:
    head = f"Release cycles are very short (a median of {SHORT_DAYS} days or fewer holds it)"
    snapshot = await whole_census(views, asked.at)
    found = await aside(len(snapshot), snapshot.releases) if snapshot else {}
    if snapshot is None or not found:
        return _lacking(head, "a census with dates")
    on = snapshot.taken_at.date()
    rhythms = {lab: Rhythm(each, on) for lab, each in found.items()}
    lab, most = max(rhythms.items(), key=lambda each: (each[1].count, each[0]))
    if len(most.releases.days) < LEAST_RELEASES:
        return _lacking(head, "a lab with two releases that are dated")
    count = plural(most.count, "release")
    over = plural(len(most.releases.days), "release")
    undated = plural(most.releases.undated, "repo") if most.releases.undated else "no repo"
    measured = f"{taken_from(snapshot)}: of {over}, {undated} undated."
    version = f"Definition {RELEASE_DEFINITION} labs:{snapshot.labs.version}."
    return [
        f"{head}: {HOLDS if most.gap <= SHORT_DAYS else FAILS}",
        f"{clean(lab)}: {count} in {MONTH.days} days, {most.gap:g} days between releases (median).",
        f"{measured} {version}",
    ]


async def _access(asked: ClaimsAsked, views: Views) -> list[str]:
    head = "Labs open and restrict access"
    since = asked.at - LATELY
    shifts = await views.shifts(since, asked.at)
    own = [
        shift
        for shift in shifts
        if shift.detector == AccessChange.name and shift.facts.event in _ACCESS
    ]
    if not own:
        return [f"{head}: {OPEN}", f"No shift of access is held since {day(since)}."]
    titles = [message_of(story).title for story in stories(own)][-_SHOWN:]
    versions = ", ".join(sorted({shift.evidence.definition for shift in own}))
    return [f"{head}: {HOLDS}", *titles, f"{plural(len(own), 'shift')}. Definition {versions}."]
