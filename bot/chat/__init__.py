"""What sends to one platform each."""
