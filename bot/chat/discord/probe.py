"""Whether Discord knows the token, and whether what people type there would arrive here."""

from bot.chat.discord.refusals import advice_of
from bot.chat.discord.rest import Rest, Trouble, record, records
from bot.chat.discord.sync import COMMANDS, fingerprint, written
from bot.wording import plural


class DiscordTrouble(ValueError):
    """Discord does not take the token, or nobody could ask there; the text says what to do."""

    exit_code = 1


async def discord_knows(token: str, api: str) -> str:
    """Say whose token it is and where the bot is; DiscordTrouble with what is wrong."""
    rest = Rest(token, api)
    try:
        return await _known(rest)
    except Trouble as trouble:
        said = f"Discord cannot be asked: {trouble.note.rstrip('.')}. {advice_of(trouble)}"
        raise DiscordTrouble(said) from None
    finally:
        await rest.close()


async def _known(rest: Rest) -> str:
    user = record(await rest.call("GET", "/users/@me"))
    application = record(await rest.call("GET", "/applications/@me"))
    if application.get("interactions_endpoint_url"):
        raise DiscordTrouble(
            "what people type goes to the Interactions Endpoint URL of the application, and not "
            "to the gateway; clear it in the Developer Portal (General Information)"
        )
    standing = records(await rest.call("GET", COMMANDS, application=str(application["id"])))
    if fingerprint(standing) != fingerprint(written()):
        raise DiscordTrouble(
            "Discord shows other commands than this version of Hubshift has; `hubshift discord "
            "sync` brings it up to date, with --dry-run it says what differs"
        )
    guilds = application.get("approximate_guild_count")
    where = "" if guilds is None else f" in {plural(guilds, 'server')}"
    return f"answers as {user.get('username') or 'a bot'}{where}, and knows every command"
