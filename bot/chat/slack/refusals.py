"""What each of Slack's errors means for a delivery, in words a person can act on.

https://docs.slack.dev/reference/methods/chat.postMessage#errors and the pages of the other
methods called; what is not listed there is taken for a refusal that may pass.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.chat.base import DeliveryError, Fate

# Blocks, the picture, the metadata or the thread was refused: the message can do without.
BLOCKS_REFUSED = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "invalid_attachments",
        "slack_connect_blocked_file_type",
        "slack_connect_file_upload_sharing_blocked",
        "slack_connect_file_link_sharing_blocked",
    }
)
METADATA_REFUSED = frozenset(
    {
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_must_be_sent_from_app",
        "metadata_too_large",
    }
)
THREAD_REFUSED = frozenset(
    {
        "thread_not_found",
        "message_not_found",
        "cannot_reply_to_message",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
    }
)
_REINSTALL = "check SLACK_BOT_TOKEN, reinstall the Slack app if need be, and start Hubshift again"
_OTHER = "unarchive it or name another channel"

# What chat.update says of a message that stays as it is.
_FIXED = frozenset(
    {
        "block_mismatch",
        "cant_update_message",
        "edit_window_closed",
        "streaming_state_conflict",
        "update_failed",
    }
)
_GONE = {
    "channel_not_found": (
        "Slack channel {channel} does not exist or Hubshift was not invited to it; check the id "
        "(it begins with C or G) and write /invite @Hubshift there"
    ),
    "not_in_channel": (
        "Hubshift is not a member of Slack channel {channel}; write /invite @Hubshift there"
    ),
    "is_archived": f"Slack channel {{channel}} is archived; {_OTHER}",
    "is_inactive": f"Slack channel {{channel}} is frozen, archived or deleted; {_OTHER}",
    "no_permission": (
        "Hubshift may not post to Slack channel {channel}; write /invite @Hubshift there"
    ),
    "access_denied": (
        "Slack denies Hubshift access to channel {channel}; ask an admin of the workspace, or "
        "name another channel"
    ),
    "channel_type_not_supported": (
        "{channel} is not a kind of Slack channel that can be posted to; name another channel"
    ),
    "user_not_found": "Slack knows no user {channel}; give the id of a channel (it begins with C)",
    "cannot_dm_bot": "{channel} is a Slack app and no channel; give the id of a channel",
    "messages_tab_disabled": (
        "direct messages of the app are switched off in Slack; give the id of a channel"
    ),
    "team_not_found": (
        "Slack finds no workspace for channel {channel}; the shared channel may have been "
        "disconnected: name another channel"
    ),
    "restricted_action": (
        "a preference of the Slack workspace keeps Hubshift from posting to {channel}; ask an "
        "admin to let the app post there"
    ),
    "restricted_action_read_only_channel": (
        "Slack channel {channel} is read-only; let the app post there or name another channel"
    ),
    "restricted_action_thread_only_channel": (
        "Slack channel {channel} takes replies only; name another channel"
    ),
}
_STOPPED = {
    "invalid_auth": f"Slack does not accept the bot token; {_REINSTALL}",
    "not_authed": f"Slack got no bot token; {_REINSTALL}",
    "account_inactive": (
        f"the Slack workspace or the app's user was deactivated, and so its token; {_REINSTALL}"
    ),
    "token_revoked": f"the Slack bot token was revoked or the app was removed; {_REINSTALL}",
    "token_expired": f"the Slack bot token has expired; {_REINSTALL}",
    "not_allowed_token_type": (
        "SLACK_BOT_TOKEN is not a bot token; take the one that begins with xoxb from OAuth & "
        "Permissions of the Slack app"
    ),
    "missing_scope": (
        "the Slack app lacks the scope {needed}; add it under OAuth & Permissions, reinstall the "
        "app, and start Hubshift again"
    ),
    "ekm_access_denied": (
        "an admin of the Slack workspace has suspended posting by withdrawing its keys; ask them"
    ),
    "org_login_required": (
        "the Slack workspace is being moved to an enterprise organisation; start Hubshift again "
        "when the move is done"
    ),
    "enterprise_is_restricted": (
        "Slack takes no messages from an app of the whole enterprise here; install the app in "
        "the workspace itself"
    ),
    "team_access_not_granted": (
        "the Slack app was not granted access to this workspace; ask an admin to approve it"
    ),
    "two_factor_setup_required": (
        "the Slack workspace asks for two-factor set-up first; ask an admin of the workspace"
    ),
    "accesslimited": (
        "the Slack workspace does not allow this network; ask an admin to allow the address that "
        "Hubshift runs at"
    ),
    "unknown_method": (
        "this server does not know what Hubshift asks of Slack; check HUBSHIFT_SLACK_API_URL"
    ),
}
_STOPPED["deprecated_endpoint"] = _STOPPED["method_deprecated"] = (
    "Slack no longer offers what Hubshift calls; update Hubshift"
)
_UNFIT = {
    "msg_too_long": "Slack finds the message too long, even as plain text",
    "no_text": "Slack finds no text in the message",
    "too_many_attachments": "Slack finds too many attachments in the message",
    "invalid_arguments": "Slack finds something wrong with the message",
    "invalid_arg_name": "Slack does not know a part of the message",
    "invalid_json": "Slack cannot read the message",
    "json_not_object": "Slack cannot read the message",
}
_REPORT = "; this is a fault of Hubshift: please report it with this delivery's id"
_LATER = {
    "ratelimited": "Slack asks to send less often",
    "rate_limited": "Slack asks to send less often",
    "message_limit_exceeded": "the Slack workspace sends too many messages just now",
    "request_timeout": "Slack got only a part of the message",
    "team_added_to_org": "the Slack workspace is being moved to an enterprise organisation",
    "external_channel_migrating": "the shared Slack channel {channel} is being moved",
}
HISTORY = "the channel's history will tell whether it has the message"
# Of these Slack says that a part may have succeeded.
_UNSURE = {
    "fatal_error": "Slack broke off while it took the message",
    "internal_error": "Slack had an error of its own while it took the message",
    "service_unavailable": "Slack was not available while it took the message",
}
FATES: Mapping[str, tuple[Fate, str]] = {
    **{code: (Fate.CHANNEL, words) for code, words in _GONE.items()},
    **{code: (Fate.PLATFORM, words) for code, words in _STOPPED.items()},
    **{
        code: (Fate.NEVER, f"Slack does not take the form of the message ({code}){_REPORT}")
        for code in sorted(BLOCKS_REFUSED | METADATA_REFUSED | THREAD_REFUSED)
    },
    **{
        code: (Fate.NEVER, f"Slack does not let Hubshift change its message ({code})")
        for code in sorted(_FIXED)
    },
    **{code: (Fate.NEVER, words + _REPORT) for code, words in _UNFIT.items()},
    **{code: (Fate.AGAIN, f"{words}; it is tried again") for code, words in _LATER.items()},
    **{code: (Fate.UNKNOWN, f"{words}; {HISTORY}") for code, words in _UNSURE.items()},
}
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SCOPES = re.compile(r"[a-z:._, ]{1,200}")


class Refusal(DeliveryError):
    """Slack's own no; `code` is its error, `details` what it says about blocks, not for people."""

    def __init__(
        self,
        reason: str,
        *,
        fate: Fate,
        retry_after: float | None = None,
        code: str = "",
        details: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason, fate=fate, retry_after=retry_after)
        self.code = code
        self.details = details


def refusal(body: Mapping[str, Any], channel: str, retry_after: float | None = None) -> Refusal:
    """Return what an answer with `"ok": false` means for the channel it was about."""
    said = body.get("error")
    code = said if isinstance(said, str) and _CODE.fullmatch(said) else ""
    unknown = f"Slack refuses with {code or 'an error without a name'}; it is tried again"
    fate, words = FATES.get(code, (Fate.AGAIN, unknown))
    needed = body.get("needed")
    named = isinstance(needed, str) and _SCOPES.fullmatch(needed)
    reason = words.format(channel=channel, needed=needed if named else "it needs")
    return Refusal(reason, fate=fate, retry_after=retry_after, code=code, details=_details(body))


def _details(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return Slack's notes on a refused payload: `… [json-pointer:/blocks/0/slack_file]`."""
    about = body.get("response_metadata")
    notes = about.get("messages") if isinstance(about, Mapping) else None
    errors = body.get("errors")
    found = [each for each in (notes, errors) if isinstance(each, list)]
    return tuple(note for each in found for note in each if isinstance(note, str))
