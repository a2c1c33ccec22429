"""Hubshift with everything said aloud: every library's log at DEBUG, asyncio's too.

python -m tests.loud WORDS…
"""

import logging
import os
import sys


class Loud(logging.Logger):
    """A log that cannot be turned down: nothing may be hidden by that."""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the library's name
        """Say yes, whatever level somebody has set."""
        return level >= logging.DEBUG


if __name__ == "__main__":
    os.environ["PYTHONASYNCIODEBUG"] = "1"
    logging.setLoggerClass(Loud)
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    logging.captureWarnings(capture=True)

    from bot.__main__ import main

    main()
