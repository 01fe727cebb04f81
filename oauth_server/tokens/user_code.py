"""RFC 8628 §6.1 user code: eight consonants, so that no word is spelled and no letter taken for a digit; 20^8 of them."""

import secrets

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8


def make() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """As devices and pages show it: `WDJB-MJHT`."""
    return f"{code[:4]}-{code[4:]}"


def read(typed: str) -> str:
    """The code that somebody typed, in whatever case and with whatever between the letters; empty when it cannot be one."""
    code = "".join(char for char in typed.upper() if char.isalnum())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""
