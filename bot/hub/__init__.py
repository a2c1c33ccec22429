"""The Hub, live or recorded, comes in here."""
