"""What Discord takes, each figure under the page that states it."""

# https://docs.discord.com/developers/components/reference
COMPONENTS_V2 = 1 << 15
MOST_TEXT = 4000
MOST_COMPONENTS = 40
MOST_URL = 512
MOST_LABEL = 80
MOST_DESCRIPTION = 1024

# https://docs.discord.com/developers/resources/message#embed-object-embed-limits
MOST_EMBED = 6000
MOST_EMBED_TITLE = 256
MOST_EMBED_DESCRIPTION = 4096
MOST_EMBED_FIELD = 1024
MOST_EMBED_FOOTER = 2048

# https://docs.discord.com/developers/resources/message#create-message
MOST_NONCE = 25
MOST_PAGE = 100

# https://docs.discord.com/developers/resources/channel#start-thread-in-forum-or-media-channel
MOST_THREAD_NAME = 100

# https://docs.discord.com/developers/reference#snowflakes
EPOCH_MS = 1_420_070_400_000
