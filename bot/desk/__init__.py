"""Everything a person may type or press, answered in one place, the same for every platform."""

from bot.desk.asker import TERMINAL, Asker, Refused, TooOften
from bot.desk.desk import KIND, Desk
from bot.desk.home import Home, Room
from bot.desk.reading import COMMANDS
from bot.desk.trying import Setting, Tuning
from bot.lookups import Answer, NothingHeld, QuestionError

__all__ = [
    "COMMANDS",
    "KIND",
    "TERMINAL",
    "Answer",
    "Asker",
    "Desk",
    "Home",
    "NothingHeld",
    "QuestionError",
    "Refused",
    "Room",
    "Setting",
    "TooOften",
    "Tuning",
]
