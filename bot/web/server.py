"""The HTTP server of one process: /healthz, /readyz, /metrics and what fronts add to it."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from bot.store.errors import StoreError
from bot.web.condition import Condition
from bot.web.meters import Meters
from bot.web.numbers import numbers, up

log = logging.getLogger(__name__)

# https://github.com/prometheus/docs, exposition formats: the text format's own version.
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_SHUTDOWN = 5.0


class ListenError(OSError):
    """The address of the HTTP server cannot be listened on."""

    exit_code = 1


@dataclass(frozen=True)
class Address:
    """Where to listen; port 0 takes a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return it as a URL has it: 127.0.0.1:8080, [::1]:8080."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass
class Web:
    """Serves over HTTP until it is told to stop; a Front like those it carries.

    `routes` are those of the fronts that are asked over HTTP. `listening` is set as soon as it
    is, at `bound`.
    """

    address: Address
    condition: Condition
    meters: Meters
    routes: Sequence[web.RouteDef] = ()
    name: str = "HTTP"
    trouble: str = "it has not begun to listen"
    bound: Address | None = None
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = field(default=False, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set; what is being answered then is answered.

        Raises:
            ListenError: the address cannot be listened on.
        """
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=_SHUTDOWN)
        await runner.setup()
        try:
            await self._listen(runner)
            await stop.wait()
            self._stopping = True
        finally:
            self.trouble = "it has ended"
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        site = web.TCPSite(runner, self.address.host, self.address.port)
        try:
            await site.start()
        except OSError as error:
            raise ListenError(
                f"HUBSHIFT_LISTEN={self.address} cannot be listened on "
                f"({error.strerror or error}); is another program there? Give another port"
            ) from None
        host, port = runner.addresses[0][:2]
        self.bound = Address(host, port)
        self.trouble = ""
        self.listening.set()
        log.info("http://%s answers /healthz, /readyz and /metrics", self.bound)

    def _app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/healthz", self._health),
                web.get("/readyz", self._ready),
                web.get("/metrics", self._metrics),
                *self.routes,
            ]
        )
        return app

    async def _health(self, _: web.Request) -> web.Response:
        # A critical task that dies ends the process, so whoever answers is alive.
        return web.Response(text="alive\n")

    async def _ready(self, _: web.Request) -> web.Response:
        checks = await self.condition.checks()
        ready = all(check.well for check in checks) and not self._stopping
        lines = [f"{check.name}: {check.trouble or 'well'}" for check in checks]
        if self._stopping:
            lines.append("Hubshift is ending")
        return web.Response(text="\n".join(lines) + "\n", status=200 if ready else 503)

    async def _metrics(self, _: web.Request) -> web.Response:
        try:
            families = await numbers(self.condition.store, self.condition.fronts)
        except StoreError as error:
            # This process's own numbers are told all the same.
            log.warning("/metrics has no numbers of the store: %s", error)
            families = [up(self.condition.fronts, store=False)]
        registry = CollectorRegistry()
        registry.register(_Read(families))
        body = generate_latest(self.meters.registry) + generate_latest(registry)
        return web.Response(body=body, headers={"Content-Type": _TEXT})


class _Read(Collector):
    """Families that are read already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._families
