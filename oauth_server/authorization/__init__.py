"""RFC 6749 §3.1 authorization requests: parsed, checked by a table of steps, and answered."""
