"""What pyproject.toml cannot say yet: the one module that is compiled."""

from pathlib import Path

from setuptools import Extension, setup

SCANNER = Extension(
    "bot.hub.scanner",
    ["bot/hub/scanner.pyx"],
    depends=[str(each) for each in Path("bot/hub").glob("scanned_*.pxi")],
    # Where there is no compiler it is left out, and pages are read by msgspec.
    optional=True,
)

setup(ext_modules=[SCANNER])
