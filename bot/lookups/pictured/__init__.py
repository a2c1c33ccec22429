"""What pictures show, read from what is held: shares and boards over time, and a Shift."""
