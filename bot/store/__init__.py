"""Everything that is kept, in one Redis."""
