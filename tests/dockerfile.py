"""A Dockerfile without an engine: its instructions, and its build steps in a plain folder.

`python -m tests.dockerfile FOLDER` runs every COPY and RUN of deploy/Dockerfile's build stage
there, from a clean copy of what git holds, and then the program that came of it.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
PREFIX = "/opt/hubshift"
# What was made where the code was tried, and git does not hold.
NOT_COPIED = ("__pycache__", "*.so", "scanner.c")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its word and its arguments, continued lines joined."""

    word: str
    words: str


def stages(text: str) -> list[list[Instruction]]:
    """Return the instructions of each stage, its FROM first."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
    found: list[list[Instruction]] = []
    for line in joined:
        word, _, words = line.strip().partition(" ")
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append(Instruction(word, words))
    return found


def build(folder: Path) -> Path:
    """Run the build stage in a folder; return the program that came of it.

    What it takes from Debian, a compiler, is this machine's own, if it has one.

    Raises:
        subprocess.CalledProcessError: a step failed; its output is on the terminal.
    """
    work, target = folder / "src", folder / "hubshift"
    work.mkdir(parents=True)
    for step in stages(DOCKERFILE.read_text("utf-8"))[0]:
        if step.word == "COPY":
            *sources, place = step.words.split()
            for source in sources:
                _copy(ROOT / source, work / place)
        elif step.word == "RUN" and not step.words.startswith("apt-get"):
            command = step.words.replace(PREFIX, str(target))
            command = command.replace("python3 ", f"{sys.executable} ")
            sys.stdout.write(f"RUN {command}\n")
            sys.stdout.flush()
            subprocess.run(["sh", "-ec", command], cwd=work, check=True)  # noqa: S603, S607 - our own file's steps
    return target / "bin" / "hubshift"


def _copy(source: Path, place: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, place, ignore=shutil.ignore_patterns(*NOT_COPIED))
    else:
        shutil.copy(source, place if place.suffix else place / source.name)


def main() -> None:
    """Build in the folder named, and run the demo with what came of it."""
    program = build(Path(sys.argv[1]))
    subprocess.run([program, "demo", "--fast"], cwd=sys.argv[1], check=True)  # noqa: S603 - as above


if __name__ == "__main__":
    main()
