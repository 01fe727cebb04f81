"""RFC 8628 §6.1 user code: eight consonants, so that no word is spelled and no letter taken for a digit; 20^8 of them."""

import secrets

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
# A random byte as a letter; the last values are dropped, so that every letter is equally likely
_EVEN = 256 - 256 % len(ALPHABET)
_LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
_DROPPED = bytes(range(_EVEN, 256))


def make() -> str:
    found = b""
    while len(found) < LENGTH:
        found += secrets.token_bytes(2 * LENGTH).translate(_LETTERS, _DROPPED)
    return found[:LENGTH].decode("ascii")


def shown(code: str) -> str:
    """As devices and pages show it: `WDJB-MJHT`."""
    return f"{code[:4]}-{code[4:]}"


def read(typed: str) -> str:
    """The code that somebody typed, in whatever case and with whatever between the letters; empty when it cannot be one."""
    code = "".join(char for char in typed.upper() if char.isalnum())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""
