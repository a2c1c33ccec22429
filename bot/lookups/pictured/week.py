"""The picture of a week: the trending top 10, and who climbed, fell, came and left."""

from datetime import datetime

from bot.lookups.clauses import TOP
from bot.lookups.held import WEEK
from bot.lookups.pictured.boards import bump
from bot.lookups.pictured.past import Over
from bot.pictures.bump import bump_chart
from bot.render.picture import Chart
from bot.views import Views
from detectors.metric import Metric
from detectors.scope import default_scope


async def week_chart(views: Views, at: datetime) -> Chart | None:
    """Return the chart of the week to `at`; None where fewer than two lists of it are held."""
    scope = default_scope(Metric.TRENDING)
    shown = await bump(Metric.TRENDING, scope, TOP, views, Over(at, WEEK))
    return bump_chart(shown) if shown and len(shown.times) > 1 else None
