"""Fills the gallery: the demo's half year and a made-up Hub, told by the real thing."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from redis.asyncio import Redis

from bot.channel import DISCORD, SLACK, Channel
from bot.chat.base import Posting, Receipt
from bot.chat.discord import setup
from bot.chat.discord.answers import digested
from bot.chat.discord.payload import Sign, embed
from bot.chat.discord.tuning import Form
from bot.chat.slack.answers import digest_blocks
from bot.chat.slack.came import Came
from bot.chat.slack.home_view import home_view
from bot.chat.slack.tune_view import tune_view
from bot.delivery import named
from bot.desk import KIND, Asker, Desk
from bot.digest import weekly
from bot.gallery.exhibit import Exhibit, Room, alert, answer, both, edited, shown_to_all, trouble
from bot.gallery.scenes import SCENES
from bot.lookups.pictured.shift import chart_of
from bot.lookups.pictured.week import week_chart
from bot.pictures.easel import Easel
from bot.render import Story, message_of, stories
from bot.render.sample import sample_message
from bot.render.updates import followed, summary
from bot.store.keys import Keys
from bot.store.store import Store
from detectors.labs import Labs
from detectors.metric import Kind
from detectors.share_threshold import ShareThreshold
from detectors.shift import Severity, Shift, Status
from detectors.top_entry import TopEntry

HOME = Channel(SLACK, "C0GALLERY")
_ELSEWHERE = Channel(DISCORD, "100", "900")
_CALLED = "#open-models"
_EDITOR = Asker(HOME, "U0GALLERY", may_configure=True, called=_CALLED)
_READER = Asker(HOME, "U1GALLERY", called=_CALLED)
_OTHER = Asker(HOME, "U2GALLERY", called=_CALLED)
_RULE = "share of slots by country who China above 50% clear 40% in top 10 by trending"
_MISSED = 7


@dataclass(frozen=True)
class Curator:
    """All it takes to fill the rooms: a store that holds the demo, up to a time."""

    client: Redis
    store: Store
    labs: Labs
    easel: Easel
    desk: Desk
    at: datetime

    async def rooms(self) -> Sequence[Room]:
        """Return every room of the gallery."""
        told = stories([shift for shift in await self.store.shifts(None, self.at) if shift.told])
        return [
            Room(
                "Alerts",
                "From half a year of real trending lists, as they were told.",
                [each async for each in self._alerts(told)],
            ),
            Room(
                "What other detectors tell",
                "From a made-up Hub: models and figures are invented, all else is real.",
                [each async for each in self._scenes()],
            ),
            Room("The week", "One message on its day and hour.", await self._weeks()),
            Room(
                "What people ask",
                "Answers go to the person who asked; a button shares them.",
                [*[each async for each in self._asked(_QUESTIONS, _READER)], await self._shared()],
            ),
            Room(
                "What a channel decides",
                "Changes are confirmed where they last.",
                [each async for each in self._asked(_CHANGES, _EDITOR)],
            ),
            Room(
                "Home and forms",
                "Slack's App Home, Tune, and Discord's setup.",
                await self._forms(),
            ),
            Room(
                "When it cannot",
                "Every refusal says what to do.",
                [each async for each in self._asked(_REFUSALS, _OTHER)],
            ),
        ]

    async def _drawn(self, story: Story, store: Store) -> Exhibit:
        chart = await chart_of(story, store, self.labs)
        picture = await self.easel.picture(chart) if chart else None
        message = message_of(story)
        return alert(message.title, message, story, picture)

    async def _alerts(self, told: Sequence[Story]) -> AsyncIterator[Exhibit]:
        """Yield the last story of each kind, then what becomes of messages."""
        for title, fits in _KINDS.items():
            story = next((each for each in reversed(told) if fits(each)), None)
            if story is not None:
                yield replace(await self._drawn(story, self.store), title=title)
        begun, over = _pair(told)
        news = await self._drawn(over, self.store)
        posting = Posting(
            id=named("gallery"),
            message=message_of(over),
            picture=news.picture,
            parent=Receipt("1"),
            parent_message=followed(message_of(begun), message_of(over), over=True),
            shifts=over,
        )
        first = await self._drawn(begun, self.store)
        yield edited("The first message, once what it told is over", posting, first)
        yield replace(news, title="What ended it, in the thread of the first")
        missed = [message_of(each) for each in told[-_MISSED:]]
        shifts = tuple(shift for each in told[-_MISSED:] for shift in each)
        yield alert("What a channel missed, in one message", summary(missed), shifts)
        sample = sample_message(self.at, "Somebody typed `test`")
        yield alert("A sample", sample, ())
        last = told[-1]
        plain = embed(message_of(last), Sign.of("gallery"), None, last[0].id)
        bare = alert("", message_of(last), last)
        slack = {"text": bare.slack["text"]} if bare.slack else None
        yield Exhibit("Where a platform refuses the form: plainer", slack, plain)

    async def _scenes(self) -> AsyncIterator[Exhibit]:
        for number, scene in enumerate(SCENES):
            store = Store(self.client, self.labs, Keys(f"gallery-{number}"))
            told = stories(await scene.play(store, self.labs))
            for story in told[:1]:
                yield replace(await self._drawn(story, store), title=scene.title)

    async def _weeks(self) -> list[Exhibit]:
        """Return the last week, and the first one, in which nothing could have shifted yet."""
        first = min([note.taken_at for note in await self.store.notes(Kind.PULSE.value)])
        found = []
        for title, at in (("The week", self.at), ("A quiet week", first)):
            week = await weekly(self.store, at)
            chart = await week_chart(self.store, at)
            picture = await self.easel.picture(chart) if chart else None
            alt = picture.alt if picture else None
            file = "F0GALLERY" if picture else None
            blocks = digest_blocks(week, file=file, alt=alt or "")
            found.append(Exhibit(title, {"blocks": blocks}, digested(week, alt=alt), picture))
        return found

    async def _asked(self, lines: Sequence[str], asker: Asker) -> AsyncIterator[Exhibit]:
        """Yield what a person is answered on each platform."""
        other = replace(asker, channel=_ELSEWHERE)
        for line in lines:
            yield both(await self._answered(line, asker), await self._answered(line, other))

    async def _shared(self) -> Exhibit:
        line = _QUESTIONS[0]
        found = await self.desk.answer(line, _OTHER)
        return shown_to_all(line, found, Came(_OTHER.user, channel=HOME.address, name=_CALLED))

    async def _answered(self, line: str, asker: Asker) -> Exhibit:
        came = Came(asker.user, channel=HOME.address, name=_CALLED)
        try:
            return answer(line, await self.desk.answer(line, asker), came)
        except KIND as error:
            return trouble(line, str(error), came)

    async def _forms(self) -> list[Exhibit]:
        home = await self.desk.home(_EDITOR, [HOME])
        tuning = await self.desk.tuning(_RULE, _EDITOR)
        form = Form("0" * 12, _RULE, tuning).to_dict()
        return [
            Exhibit("App Home", home_view(home), None, home=True),
            Exhibit("Tune", tune_view(tuning, HOME.address), form, form=True),
            Exhibit("/hubshift setup", None, setup.Form(None).to_dict(), form=True),
        ]


def _entered(story: Story) -> bool:
    first, entered = story[0], story[0].status is Status.FIRING
    at_once = first.severity is not Severity.INFO
    return first.detector == TopEntry.name and entered and at_once and len(story) == 1


def _first(story: Story) -> bool:
    return len(story) > 1 and any(shift.rule.startswith("top 1 ") for shift in story)


def _left(story: Story) -> bool:
    return story[0].detector == TopEntry.name and story[0].status is Status.RESOLVED


def _crossed(story: Story) -> bool:
    first = story[0]
    return first.detector == ShareThreshold.name and first.status is Status.FIRING


def _by_country(story: Story) -> bool:
    return _crossed(story) and story[0].about.get("by") == "country"


def _by_lab(story: Story) -> bool:
    return _crossed(story) and story[0].about.get("by") == "lab"


_KINDS = {
    "A release goes straight to first place: one message for all of it": _first,
    "A model enters the top 10": _entered,
    "A model leaves; told at once only to who asks for everything": _left,
    "A country's places cross a line": _by_country,
    "A lab's places cross a line": _by_lab,
}


def _pair(told: Sequence[Story]) -> tuple[Story, Story]:
    """Return the last crossing that has ended since, and its end."""
    ends: dict[tuple[str, str], Story] = {}
    for story in reversed(told):
        shift: Shift = story[0]
        name = (shift.rule, shift.subject)
        if shift.detector != ShareThreshold.name:
            continue
        if shift.status is Status.RESOLVED:
            ends.setdefault(name, story)
        elif name in ends:
            return story, ends[name]
    return told[-1], told[-1]


_QUESTIONS = (
    "top 10",
    "share of slots by country in top 10 by trending",
    "lab Qwen",
    "model DeepSeek-V4-Pro",
    "country France",
    "compare China and France",
    "shifts",
    "why DeepSeek-V4-Pro",
    f"why-not {_RULE}",
    "claims",
    "chart share of slots by country",
    "chart top 10",
    "chart countries",
    "chart model Kimi-K2.6",
    "help",
)
_CHANGES = (
    f"watch {_RULE}",
    "watch top 10 by trending in all thread",
    "watches",
    "preview top 5 by trending in all",
    "mute 7d top 10 by trending in all",
    "settings",
    "settings zone Europe/Berlin",
    "watch pack newsroom",
    "unmute",
    "help watch",
)
_REFUSALS = (
    "topp 10",
    "share of slots by contry",
    "lab Atlantis",
    "top 10 by downloads",
    f"watch {_RULE}",
    "model nobody/knows-it",
    "chart share of derivatives by family",
)
