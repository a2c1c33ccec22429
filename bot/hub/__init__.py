"""The Hub, live or recorded, comes in here."""

import os

# Here, since huggingface_hub reads it when any module first imports it.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# So does pyarrow, whose own pool keeps as much as a third of a published table for later, beside
# all that malloc hands out; https://arrow.apache.org/docs/cpp/env_vars.html
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
