"""Runs the program as a person does: its own process, its own environment."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str


def hubshift(*words: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Ran:
    """Run `hubshift` with nothing of this machine's settings but what is given."""
    ran = subprocess.run(  # noqa: S603 - our own program with the words of a test
        [sys.executable, "-m", "bot", *map(str, words)],
        cwd=cwd,
        env=clean_environment(env),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


@dataclass
class Program:
    """Hubshift in a process of its own; `lines` is all it has said, out and errors in one."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def said(self, words: str, seconds: float = 30) -> str:
        """Return the next line that holds words; AssertionError where none comes."""
        async with asyncio.timeout(seconds):
            while line := await self._line():
                if words in line:
                    return line
        raise AssertionError(f"{words!r} was not said in:\n" + "\n".join(self.lines))

    async def said_all(self, *words: str, seconds: float = 60) -> None:
        """Wait until each of some words was said, in whatever order."""
        async with asyncio.timeout(seconds):
            while [each for each in words if not any(each in line for line in self.lines)]:
                assert await self._line(), "it has ended"

    async def finish(self, seconds: float = 20) -> int:
        """End it as a service manager does, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended(seconds)

    async def ended(self, seconds: float = 20) -> int:
        """Return its exit code once it has ended by itself."""
        async with asyncio.timeout(seconds):
            while await self._line():
                pass
            return await self.process.wait()

    async def _line(self) -> str:
        assert self.process.stdout is not None
        line = (await self.process.stdout.readline()).decode()
        if line:
            self.lines.append(line.rstrip("\n"))
        return line


@asynccontextmanager
async def running(
    *words: str | Path, cwd: Path, env: Mapping[str, str] | None = None, module: str = "bot"
) -> AsyncIterator[Program]:
    """Run `hubshift` beside the test, and end it at the latest with the test."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *map(str, words),
        cwd=cwd,
        env=clean_environment(env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    program = Program(process)
    try:
        yield program
    finally:
        if process.returncode is None:
            process.terminate()
            await program.ended()


def clean_environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment without settings of Hubshift or proxies, and then `env`."""
    root = Path(__file__).parent.parent
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(root),
        "NO_PROXY": "127.0.0.1",
        "PYTHONWARNINGS": "error",
        **(env or {}),
    }
