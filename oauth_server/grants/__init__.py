"""RFC 6749 §4: what can be exchanged for tokens, a file per grant_type."""
