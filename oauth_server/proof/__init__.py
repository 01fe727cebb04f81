"""Who holds the key that a token is bound to."""
