"""Runs the program as a person does: its own process, its own environment."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
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
