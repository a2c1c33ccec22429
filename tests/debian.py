"""Programs of Debian that a test needs: `.ci/run` installs them; elsewhere the test may skip."""

import os
import shutil

import pytest


def needs(program: str, *, package: str) -> pytest.MarkDecorator:
    """Skip a test with a visible reason where a program is missing; in CI it fails instead."""
    missing = shutil.which(program) is None and not os.environ.get("CI")
    return pytest.mark.skipif(missing, reason=f"{program} is missing: apt-get install {package}")
