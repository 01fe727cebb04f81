"""RFC 6749 §2.3 client authentication: exactly one method, the registered one."""
