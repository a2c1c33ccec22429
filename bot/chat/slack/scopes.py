"""What Hubshift asks of a workspace, each with its reason; the manifest says the same."""

BOT_SCOPES = {
    "chat:write": "to post alerts and to edit those it posted",
    "commands": "to answer /hubshift",
    "files:write": "to bring charts to Slack; without it alerts come without a chart",
    "channels:history": "to see, after an answer got lost, whether a public channel has the alert",
    "groups:history": "the same for private channels that Hubshift was invited to",
}
COMMAND = "/hubshift"
