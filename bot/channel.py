"""Where a message goes: a platform, one tenant of it, and an address there."""

from dataclasses import dataclass
from urllib.parse import urlsplit

CONSOLE, SLACK, DISCORD, WEBHOOK = "console", "slack", "discord", "webhook"
PLATFORMS = (CONSOLE, SLACK, DISCORD, WEBHOOK)
EVERY = "*"
"""In place of a tenant: everybody's, such as the one token with which a bot serves all guilds."""
_MARK = "|"


class ChannelError(ValueError):
    """A channel cannot be read; the text shows what one looks like, and no secret address."""

    exit_code = 2


@dataclass(frozen=True)
class Channel:
    """A place to post to. `tenant` is the workspace or guild, "" one's own.

    >>> Channel.parse("slack:C024BE91L")
    Channel(platform='slack', address='C024BE91L', tenant='')
    >>> print(Channel("discord", "1101", "800"), Channel("console", ""))
    discord:1101@800 console
    """

    platform: str
    address: str
    tenant: str = ""

    def __post_init__(self) -> None:
        if _MARK in self.platform + self.tenant:
            raise ChannelError(f"neither platform nor tenant of a channel may hold {_MARK!r}")

    def __str__(self) -> str:
        """Return the channel as a setting names it; of a web hook this may open a door."""
        named = f"{self.platform}:{self.address}" if self.address else self.platform
        return f"{named}@{self.tenant}" if self.tenant else named

    @property
    def place(self) -> tuple[str, str]:
        """Platform and address: who gives no tenant may mean the same channel as who does."""
        return self.platform, self.address

    @property
    def shown(self) -> str:
        """The channel for logs and people: of a web hook's address only the host."""
        if self.platform != WEBHOOK:
            return str(self)
        return f"{self.platform}:{urlsplit(self.address).hostname}"

    @property
    def key(self) -> str:
        """The channel with its tenant, as the store keeps it."""
        return _MARK.join((self.platform, self.tenant, self.address))

    @classmethod
    def of_key(cls, key: str) -> "Channel":
        """Return the channel that a key of the store names."""
        platform, tenant, address = key.split(_MARK, 2)
        return cls(platform, address, tenant)

    @classmethod
    def parse(cls, text: str) -> "Channel":
        """Read a channel as a person writes it, one of another workspace or guild with @TENANT.

        Raises:
            ChannelError: it is none.
        """
        platform, _, address = text.strip().partition(":")
        if platform not in PLATFORMS:
            raise ChannelError(f"{platform!r} is no platform; {_FORMS}")
        tenant = ""
        if platform in _TENANTS:
            address, at, tenant = address.partition("@")
            if at and not (tenant.isascii() and tenant.isalnum()):
                raise ChannelError(f"what follows the @ is no {_TENANTS[platform]}'s id; {_FORMS}")
        if fault := _fault(platform, address):
            raise ChannelError(f"a {platform} channel {fault}; {_FORMS}")
        return cls(platform, address, tenant)


_TENANTS = {SLACK: "workspace", DISCORD: "server"}
_FORMS = "write slack:C024BE91L, discord:1101234567, webhook:https://example.org/hook or console"


def _fault(platform: str, address: str) -> str:
    """Say what is wrong with an address, quoting nothing of it: a web hook's may be secret."""
    match platform:
        case "console":
            return "has no address" if address else ""
        case "slack":
            well = address.isascii() and address.isalnum() and address[:1] in {"C", "G", "D"}
            return "" if well else "is named by its id, such as C024BE91L, not by its name"
        case "discord":
            well = address.isascii() and address.isdigit()
            return "" if well else "is named by its id, a number"
    try:
        parts = urlsplit(address)
        well = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        well = False
    return "" if well and "@" not in parts.netloc else "is an http(s) address without a user"
