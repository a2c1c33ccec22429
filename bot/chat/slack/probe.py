"""Whether Slack knows the tokens, and whether the app was granted what it needs."""

from bot.chat.base import DeliveryError
from bot.chat.slack.scopes import BOT_SCOPES
from bot.chat.slack.socket import opened
from bot.chat.slack.wire import Identity, SlackApi, harmless


class SlackTrouble(ValueError):
    """Slack does not take a token, or the app lacks a scope; the text says what to do."""

    exit_code = 1


async def slack_knows(token: str, app_token: str | None, base_url: str) -> str:
    """Say whose token it is; SlackTrouble with what is wrong."""
    api, apps = SlackApi(token, base_url), SlackApi(app_token or "", base_url)
    try:
        identity = await api.identity()
        if app_token is not None:
            await opened(apps)
    except DeliveryError as error:
        raise SlackTrouble(harmless(error).reason) from None
    finally:
        await api.close()
        await apps.close()
    if lacking := lacks(identity):
        raise SlackTrouble(lacking)
    opens = ", and the socket can be opened" if app_token is not None else ""
    return f"answers as {identity.user or 'a bot'} in {identity.team or 'a workspace'}{opens}"


def lacks(identity: Identity) -> str:
    """Say which scopes the app was not granted and what each is for, "" where it has all."""
    if identity.scopes is None:
        return ""
    missing = [f"{each} ({BOT_SCOPES[each]})" for each in BOT_SCOPES if each not in identity.scopes]
    if not missing:
        return ""
    return (
        f"the Slack app lacks {', '.join(missing)}; add it under OAuth & Permissions as in "
        "deploy/slack/manifest.yaml, and reinstall the app"
    )
