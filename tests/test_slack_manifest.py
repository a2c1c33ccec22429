"""The manifest asks for what the code needs, and for nothing else."""

import re
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from bot.chat.slack.http import PATH
from bot.chat.slack.scopes import BOT_SCOPES, COMMAND, EVENTS

TEXT = (Path(__file__).parent.parent / "deploy" / "slack" / "manifest.yaml").read_text("utf-8")
MANIFEST = yaml.safe_load(TEXT)
CODE = Path(__file__).parent.parent / "bot" / "chat" / "slack"
# https://docs.slack.dev/reference/scopes: what each method that is called needs of a bot.
NEEDS = {
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.delete": {"chat:write"},
    "files.getUploadURLExternal": {"files:write"},
    "files.completeUploadExternal": {"files:write"},
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.replies": {"channels:history", "groups:history"},
    # Only asked where the app has files:read, which it does not need.
    "files.info": set(),
    "chat.postEphemeral": {"chat:write"},
    "conversations.info": {"channels:read", "groups:read"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.update": set(),
    "views.publish": set(),
    "users.conversations": {"channels:read", "groups:read"},
}


def test_the_manifest_asks_for_the_scopes_of_the_code_with_their_reasons() -> None:
    assert MANIFEST["oauth_config"]["scopes"] == {"bot": list(BOT_SCOPES)}
    for scope, reason in BOT_SCOPES.items():
        assert f"      # {reason}\n      - {scope}\n" in TEXT


def test_the_scopes_are_those_of_the_methods_that_are_called() -> None:
    source = "\n".join(path.read_text("utf-8") for path in sorted(CODE.glob("*.py")))
    called = set(re.findall(r'"((?:chat|files|conversations|users|views)\.[A-Za-z]+)"', source))
    assert called == set(NEEDS)
    needed: set[str] = set().union(*NEEDS.values())
    assert set(BOT_SCOPES) == needed | {"commands"}


def test_the_manifest_names_the_command_and_switches_on_its_buttons() -> None:
    [command] = MANIFEST["features"]["slash_commands"]
    assert command["command"] == COMMAND
    assert command["should_escape"] is False
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}
    assert PATH in TEXT


def test_the_manifest_asks_for_the_events_of_the_code_with_their_reasons() -> None:
    assert MANIFEST["settings"]["event_subscriptions"] == {"bot_events": list(EVENTS)}
    for event, reason in EVENTS.items():
        assert f"      # {reason}\n      - {event}\n" in TEXT
    assert MANIFEST["features"]["app_home"]["home_tab_enabled"] is True
