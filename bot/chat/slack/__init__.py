"""Slack: alerts as Block Kit, sent once, found again in the channel's history."""

from bot.chat.slack.messenger import SlackMessenger

__all__ = ["SlackMessenger"]
