"""What Hubshift asks of a workspace, each with its reason; the manifest says the same."""

BOT_SCOPES = {
    "chat:write": "to post alerts and to edit those it posted",
    "commands": "to answer /hubshift",
    "files:write": "to bring charts to Slack; without it alerts come without a chart",
    "channels:history": "to see, after an answer got lost, whether a public channel has the alert",
    "groups:history": "the same for private channels that Hubshift was invited to",
    "users:read": "to let guests ask but not change what a channel is told",
    "channels:read": "to see which public channels a person and the bot are in, for App Home",
    "groups:read": "the same for private channels that Hubshift was invited to",
}
EVENTS = {
    "app_home_opened": "to draw App Home when somebody opens it",
    "app_uninstalled": "to delete what is kept of the workspace when the app is removed",
}
COMMAND = "/hubshift"
