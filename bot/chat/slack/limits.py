"""What Slack takes, each limit beside the page that states it."""

# https://docs.slack.dev/reference/block-kit/blocks
BLOCKS = 50
BLOCK_ID = 255
# https://docs.slack.dev/reference/block-kit/blocks/header-block
HEADER = 150
# https://docs.slack.dev/reference/block-kit/blocks/section-block
SECTION = 3_000
# https://docs.slack.dev/reference/block-kit/blocks/context-block
CONTEXT_ELEMENTS = 10
# https://docs.slack.dev/reference/block-kit/composition-objects/text-object states 3,000 for a
# text object; what stands in small print should be shorter.
CONTEXT = 2_000
# https://docs.slack.dev/reference/block-kit/blocks/image-block
ALT_TEXT = 2_000
# https://docs.slack.dev/reference/methods/chat.postMessage
TEXT = 4_000
# https://docs.slack.dev/reference/methods/conversations.history
PAGE = 200
# https://docs.slack.dev/reference/block-kit/blocks/table-block: one table a message.
TABLE_ROWS = 100
TABLE_COLUMNS = 20
# Long enough for any name of the Hub; what is longer breaks the table on a phone.
CELL = 200
# https://docs.slack.dev/reference/block-kit/block-elements/button-element
BUTTON = 75
BUTTON_VALUE = 2_000
# All blocks of a message together: not documented; Slack answers msg_blocks_too_long at about
# 13,200 characters (https://github.com/slackapi/bolt-js/issues/2509).
MESSAGE = 12_000
# https://docs.slack.dev/reference/views
VIEW_TITLE = 24
VIEW_BLOCKS = 100
VIEW_METADATA = 3_000
# Slack states none; more than a few lines are not read under a field.
VIEW_ERROR = 600
# https://docs.slack.dev/reference/block-kit/blocks/input-block
LABEL = 2_000
# https://docs.slack.dev/reference/block-kit/composition-objects/option-object and
# https://docs.slack.dev/reference/block-kit/block-elements/radio-button-group-element
OPTION = 75
OPTIONS = 10
# So that ten of them have room in the metadata.
RULE = 250
# As long as the desk takes a line.
RULE_LINE = 1_000
