"""What a team will see: the real payloads, drawn as Slack and Discord draw them, on one page."""
