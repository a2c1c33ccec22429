"""The program itself at the size of the Hub: `hubshift run` takes censuses over the loopback.

    python -m tests.bench.program MODELS

serves that many made-up models from a process of its own, and says what two censuses take.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot import memory
from tests.bench.pages import serving_pages

_PATIENCE = 900
_SEEN = re.compile(r"census@\S+ (\d+) models")
_TICKS = os.sysconf("SC_CLK_TCK")


def two_censuses(models: int) -> str:
    """Let the program take two censuses of so many models, and say what each took.

    Raises:
        TimeoutError: They did not come; with the end of the program's log.
    """
    with (
        tempfile.TemporaryDirectory(prefix="hubshift-whole-") as folder,
        serving_pages(models) as url,
        (Path(folder) / "log").open("w+", encoding="utf-8") as log,
    ):
        words = [sys.executable, "-m", "bot", "run", "--data", f"{folder}/data"]
        settings = {"HF_ENDPOINT": url, "HUBSHIFT_CENSUS_EVERY": "1m"}
        program = subprocess.Popen(  # noqa: S603 - our own program
            words, env={**os.environ, **settings}, stdout=log, stderr=log
        )
        try:
            takes = [_taken(program.pid, Path(log.name), count) for count in (1, 2)]
        finally:
            program.terminate()
            program.wait()
    return _said(models, takes)


def _taken(pid: int, log: Path, censuses: int) -> tuple[float, int, int]:
    """Wait for so many; return processor seconds so far, and kB of memory at most and now."""
    _until(lambda: len(_SEEN.findall(log.read_text("utf-8"))) >= censuses, log)
    # What it needed is let go.
    time.sleep(2)
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    most, now = (int(re.findall(rf"{name}:\s+(\d+)", status)[0]) for name in ("VmHWM", "VmRSS"))
    return (int(fields[11]) + int(fields[12])) / _TICKS, most, now


def _until(reached: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not reached():
        if time.monotonic() > end:
            raise TimeoutError(log.read_text("utf-8")[-2_000:])
        time.sleep(0.1)


def _said(models: int, takes: Sequence[tuple[float, int, int]]) -> str:
    (first, _, _), (both, most, now) = takes
    return (
        f"`hubshift run` over the loopback at {models:,} models: start and first census, from the "
        f"first page to the commit, take {first:.1f} s of processor time, the next census, of the "
        f"same figures, {both - first:.1f} s; at most {most / 1000:,.0f} MB of memory, and "
        f"{now / 1000:,.0f} MB until another one comes"
    )


if __name__ == "__main__":
    memory.shared()
    sys.stdout.write(two_censuses(int(sys.argv[1])) + "\n")
