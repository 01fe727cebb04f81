"""RFC 6749 §10.10 unguessable values: the shape of every token, code and secret that this server makes.

    oas_at_ 1 <4 base62: day on which it expires> <43 base62, random: 256 bits> <6 base62: CRC-32 of all before>

The prefix and the checksum let a leak scanner find one and let a malformed one be refused without asking the database;
the letter 1 names this format; the day lets tables be partitioned by expiry.
"""

import secrets
import zlib
from datetime import date, datetime, timedelta
from functools import lru_cache

ACCESS_TOKEN = "oas_at_"
REFRESH_TOKEN = "oas_rt_"
AUTHORIZATION_CODE = "oas_ac_"
CLIENT_SECRET = "oas_cs_"
DEVICE_CODE = "oas_dc_"
REQUEST_URI = "oas_pr_"
INITIAL_ACCESS_TOKEN = "oas_iat_"
REGISTRATION_ACCESS_TOKEN = "oas_rat_"

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_FORMAT = "1"
_DAY, _RANDOM, _CHECK = 4, 43, 6
_LENGTH = 1 + _DAY + _RANDOM + _CHECK
_ENDLESS: int = 62**_DAY - 1
_EPOCH = date(1970, 1, 1)
_LATEST = (date.max - _EPOCH).days
# A random byte as a digit; the last eight values are dropped, so that every digit is equally likely
_DIGITS = bytes(ord(_ALPHABET[byte % 62]) for byte in range(256))
_DROPPED = bytes(range(4 * 62, 256))


def _base62(number: int, width: int) -> str:
    """An even number of digits."""
    digits = ""
    for _ in range(width // 2):
        number, rest = divmod(number, len(_PAIRS))
        digits = _PAIRS[rest] + digits
    return digits


def _random(width: int) -> str:
    """So many random digits: about a twentieth of the time that a random number takes to be written with them."""
    found = b""
    while len(found) < width:
        found += secrets.token_bytes(64).translate(_DIGITS, _DROPPED)
    return found[:width].decode("ascii")


def _day(expires: datetime | None) -> str:
    return _written(_ENDLESS if expires is None else min(int(expires.timestamp()) // 86_400, _ENDLESS))


@lru_cache(maxsize=128)
def _written(day: int) -> str:
    return _base62(day, _DAY)


def make(prefix: str, expires: datetime | None) -> str:
    """A fresh value. `expires` None: without end."""
    body = f"{prefix}{_FORMAT}{_day(expires)}{_random(_RANDOM)}"
    return body + _base62(zlib.crc32(body.encode()), _CHECK)


def day(prefix: str, value: str) -> date | None:
    """The day on which a well-formed value expires, in UTC; None for one without an end and for what is not ours."""
    if not is_well_formed(prefix, value):
        return None
    number = 0
    for digit in value[len(prefix) + 1 : len(prefix) + 1 + _DAY]:
        number = number * 62 + _ALPHABET.index(digit)
    return None if number >= _LATEST else _EPOCH + timedelta(days=number)


def is_well_formed(prefix: str, value: str) -> bool:
    """Whether a value can be one of ours: prefix, length and checksum."""
    if not value.startswith(prefix) or len(value) != len(prefix) + _LENGTH or not value.isascii():
        return False
    body, check = value[:-_CHECK], value[-_CHECK:]
    return value[len(prefix)] == _FORMAT and _base62(zlib.crc32(body.encode()), _CHECK) == check
