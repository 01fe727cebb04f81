"""People from a CSV file, with the hashes of their passwords: all of them, or with a list of what is wrong by line, none.

Columns, named in the first line: `email`, and as wanted `username`, `first_name`, `last_name`, `password`, `email_verified`, `is_active`. A
hash is one of Django's, or of another system where a hasher in PASSWORD_HASHERS can verify it; it is made anew at the next sign-in.
"""

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import identify_hasher, make_password
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import transaction
from django.utils.translation import gettext as _

from oauth_server import audit
from oauth_server.audit import Event

from .models import User

COLUMNS = ("email", "username", "first_name", "last_name", "password", "email_verified", "is_active")
LARGEST = 5 * 1024 * 1024
MOST = 20_000
_without_null = ProhibitNullCharactersValidator()
_TRUE, _FALSE = frozenset({"1", "true", "yes", "t", "y"}), frozenset({"0", "false", "no", "f", "n"})
_BATCH = 500
# Werkzeug: pbkdf2:sha256:600000$salt$hex
_WERKZEUG = re.compile(r"pbkdf2:(sha1|sha256):(\d{1,8})\$([^$]{1,64})\$([0-9a-f]{40,64})", re.ASCII)
# passlib: $pbkdf2-sha256$29000$salt$hash in its own Base64
_PASSLIB = re.compile(r"\$pbkdf2-(sha256)\$(\d{1,8})\$([A-Za-z0-9./]{1,90})\$([A-Za-z0-9./]{27,90})", re.ASCII)
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}", re.ASCII)


@dataclass(slots=True)
class Outcome:
    """`errors`: line and what is wrong with it. `made`: how many people are there now, or would be."""

    made: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)


def run(data: bytes, *, dry_run: bool) -> Outcome:
    """Import, unless any line is wrong or `dry_run` says only to look."""
    outcome = Outcome()
    people = list(_people(data, outcome))
    outcome.made = len(people)
    if outcome.errors or dry_run or not people:
        return outcome
    with transaction.atomic():
        for first in range(0, len(people), _BATCH):
            _store(people[first : first + _BATCH])
        audit.record(Event.PEOPLE_IMPORTED, target=f"{len(people)} people")
    return outcome


def _store(people: list[tuple[User, bool]]) -> None:
    User.objects.bulk_create(user for user, _is_verified in people)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=is_verified) for user, is_verified in people
    )


def _people(data: bytes, outcome: Outcome) -> Iterator[tuple[User, bool]]:
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
    except (UnicodeDecodeError, csv.Error):
        outcome.errors.append((1, _("This is no CSV file in UTF-8.")))
        return
    if "email" not in columns or set(columns) - set(COLUMNS):
        known = ", ".join(COLUMNS)
        outcome.errors.append(
            (1, _("The first line names the columns: email, and others of %(known)s.") % {"known": known})
        )
        return
    reader.fieldnames = columns
    seen: set[str] = set()
    try:
        for row in reader:
            try:
                person = _person(row, seen)
            except ValidationError as error:
                outcome.errors.append((reader.line_num, _told(error)))
            else:
                yield person
            if len(seen) > MOST:
                outcome.errors.append((reader.line_num, _("A file has at most %(most)d people.") % {"most": MOST}))
                return
    except csv.Error as error:
        outcome.errors.append((reader.line_num, str(error)))


def _told(error: ValidationError) -> str:
    """With the column, where it is one that is wrong."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(f"{name}: {told}" for name, found in error.message_dict.items() for told in found)


def _person(row: dict[str, Any], seen: set[str]) -> tuple[User, bool]:
    """The person of a line, and whether the address is confirmed. Raises `ValidationError`."""
    if None in row or None in row.values():
        raise ValidationError(_("This line has more or fewer fields than the first one."))
    given = {name: value.strip() for name, value in row.items()}
    for value in given.values():
        # which Python reads, and no database keeps
        _without_null(value)
    user = User(
        email=given["email"],
        username=given.get("username") or None,
        first_name=given.get("first_name", ""),
        last_name=given.get("last_name", ""),
        is_active=_flag(given, "is_active", True),
        password=_hash(given.get("password", "")),
    )
    user.full_clean(exclude=["password", "id"])
    if user.email in seen:
        raise ValidationError(_("This email address is in the file twice."))
    seen.add(user.email)
    return user, _flag(given, "email_verified", False)


def _flag(given: dict[str, str], name: str, default: bool) -> bool:
    value = given.get(name, "").lower()
    if value in _TRUE | _FALSE:
        return value in _TRUE
    if value:
        raise ValidationError(_("%(name)s is neither true nor false.") % {"name": name})
    return default


def _hash(value: str) -> str:
    """As Django writes it; without one the person chooses a password by mail. Raises `ValidationError`, which never quotes it."""
    if not value:
        return make_password(None)
    encoded = _in_django_s_words(value)
    try:
        hasher = identify_hasher(encoded)
        hasher.decode(encoded)
    except Exception:
        # hashers say in many ways that they cannot read it, or that a library is missing
        raise ValidationError(
            _("The password hash is of no kind that PASSWORD_HASHERS can verify. Is it a hash at all?")
        ) from None
    return encoded


def _in_django_s_words(value: str) -> str:
    if value.startswith("$argon2"):
        return f"argon2{value}"
    if _BCRYPT.fullmatch(value):
        return f"bcrypt${value}"
    if found := _WERKZEUG.fullmatch(value):
        kind, rounds, salt, digest = found.groups()
        return f"pbkdf2_{kind}${rounds}${salt}${base64.b64encode(bytes.fromhex(digest)).decode()}"
    if found := _PASSLIB.fullmatch(value):
        kind, rounds, salt, digest = found.groups()
        return f"pbkdf2_{kind}${rounds}${_text_of(salt)}${base64.b64encode(_unpacked(digest)).decode()}"
    return value


def _text_of(salt: str) -> str:
    """Django keeps salts as text. Raises `ValidationError` for one that is none."""
    try:
        text = _unpacked(salt).decode("ascii")
    except ValueError:
        text = ""
    if not text.isprintable() or not text or "$" in text:
        raise ValidationError(_("The salt of this PBKDF2 hash is no text, which Django cannot verify."))
    return text


def _unpacked(value: str) -> bytes:
    try:
        return base64.b64decode(value.replace(".", "+") + "=" * (-len(value) % 4), validate=True)
    except binascii.Error as error:
        raise ValidationError(_("The password hash cannot be decoded.")) from error
