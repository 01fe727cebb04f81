"""RFC 4648 §5 base64url without padding, as RFC 7515 §2 asks for it."""

import base64


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part: str) -> bytes:
    """Raises `ValueError`."""
    return base64.urlsafe_b64decode(part + "===")
