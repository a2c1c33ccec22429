"""What each method of Slack needs of a token, and what the tokens of the tests were granted.

https://docs.slack.dev/reference/scopes
"""

SCOPES = frozenset(
    {
        "chat:write",
        "commands",
        "files:write",
        "files:read",
        "channels:history",
        "groups:history",
        "users:read",
        "channels:read",
        "groups:read",
    }
)
APP_SCOPES = frozenset({"connections:write"})
NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
    "chat.postEphemeral": "chat:write",
    "users.info": "users:read",
    "users.conversations": "channels:read",
    "apps.connections.open": "connections:write",
    "conversations.info": "channels:read",
}
