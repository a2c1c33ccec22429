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
