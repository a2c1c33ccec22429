"""What this process counts by itself, for an operator's dashboard."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from detectors.metric import Kind
from detectors.shift import Shift

# From a pulse of a small Hub to a census of all of it.
_SECONDS = (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Meters:
    """Counters of one process since it began; each has a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._looks = Counter(
            "hubshift_looks",
            "Looks at the Hub by kind and what became of them: admitted, withheld, held already, "
            "unread (the Hub did not answer well), unkept (the store refused).",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self._look_seconds = Histogram(
            "hubshift_look_seconds",
            "From a snapshot that is fetched to its shifts committed.",
            ("kind",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._fetch_seconds = Gauge(
            "hubshift_fetch_seconds",
            "How long the last snapshot took to be fetched from the Hub.",
            ("kind",),
            registry=self.registry,
        )
        self._shifts = Counter(
            "hubshift_shifts",
            "Shifts committed by detector, severity and whether they were told.",
            ("detector", "severity", "told"),
            registry=self.registry,
        )
        Gauge(
            "hubshift_build_info",
            "Always 1; the version is in the label.",
            ("version",),
            registry=self.registry,
        ).labels(version("hubshift")).set(1)

    def fetched(self, kind: Kind, seconds: float) -> None:
        """Note how long a snapshot took to be fetched."""
        self._fetch_seconds.labels(kind.value).set(seconds)

    def unread(self, kind: Kind) -> None:
        """Count a look that the Hub did not answer well."""
        self._looks.labels(kind.value, "unread").inc()

    def unkept(self, kind: Kind) -> None:
        """Count a look that the store refused."""
        self._looks.labels(kind.value, "unkept").inc()

    def looked(self, kind: Kind, outcome: str, seconds: float) -> None:
        """Count a look that is committed, and the time it took in seconds."""
        self._looks.labels(kind.value, outcome).inc()
        self._look_seconds.labels(kind.value).observe(seconds)

    def shifted(self, shift: Shift) -> None:
        """Count a shift."""
        labels = (shift.detector, shift.severity.value, "yes" if shift.told else "no")
        self._shifts.labels(*labels).inc()
