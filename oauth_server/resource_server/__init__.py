"""For APIs that take our tokens."""
