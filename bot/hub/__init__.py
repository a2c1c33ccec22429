"""The Hub, live or recorded, comes in here."""

import os

# Here, since huggingface_hub reads it when any module first imports it.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
