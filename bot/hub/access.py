"""Who asks: the token that goes with a request, and the Hub without it where it is refused."""

import logging
import time
from collections.abc import Callable, Mapping

from bot.hub.wire import hub_headers

log = logging.getLogger(__name__)

REFUSED = 401
# Settings are read once, so a wrong token stays one; but a Hub may refuse a right one by mistake.
_AGAIN_SECONDS = 3600.0


class Access:
    """The headers of every request: with the token, but for an hour after the Hub refused it.

    The listings are public: a wrong token costs its larger quota, and no look.
    """

    def __init__(
        self,
        token: str | None,
        endpoint: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raise ValueError when the token cannot be meant; it is not shown."""
        token = (token or "").strip() or None
        if token and not (token.isascii() and token.isprintable() and " " not in token):
            raise ValueError("HF_TOKEN holds characters that no token has; copy it again")
        self._token = token
        self._endpoint = endpoint
        self._monotonic = monotonic
        self._named = hub_headers(token)
        self._unnamed = hub_headers(None)
        self._without_until = 0.0
        self._said = False

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of a request that goes out now."""
        return self._unnamed if self._monotonic() < self._without_until else self._named

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Take note that the Hub refused a request; return whether it is to go out again.

        It is where it had the token, which is left out then.
        """
        if self._token is None or headers is self._unnamed:
            return False
        self._without_until = self._monotonic() + _AGAIN_SECONDS
        if not self._said:
            log.warning(
                "HF_TOKEN: %s does not take it (%d); the listings are public and are read "
                "without it, at the smaller quota. Make a new token at %s/settings/tokens, or "
                "unset HF_TOKEN, and start again",
                self._endpoint,
                REFUSED,
                self._endpoint,
            )
        self._said = True
        return True

    def hidden(self, words: str) -> str:
        """Return words without the token."""
        return words.replace(self._token, "…") if self._token else words
