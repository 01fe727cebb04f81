"""OAuth 2.0 Multiple Response Type Encoding Practices §2.1: how an authorization response travels."""
