"""Columns that more than one table has."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.lookups import Exact, In
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import TokenChecksumField

from oauth_server import brand, digest

# RFC 6749 §3.3 scope-token = 1*( %x21 / %x23-5B / %x5D-7E ); a comma is kept out because people separate names by it
validate_token = RegexValidator(
    r"\A[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+\Z", _("Use printable ASCII without spaces, commas, quotes and backslashes.")
)


def validate_brand(value: Any) -> None:
    """What people could not read is refused where it is written."""
    if found := brand.problems(value):
        raise ValidationError(found)


def random_version() -> int:
    """A fresh number for a row that process copies are compared with; a counter would repeat itself after a restore."""
    return secrets.randbits(62)


class DigestField(TokenChecksumField):
    """`token_checksum` of django-oauth-toolkit with a keyed digest in the column.

    A plain string is taken for DOT's checksum (hex SHA-256 of the token) and becomes a keyed digest on its way to the database;
    a `TokenDigest` stays as it is. An `exact` look-up by a plain string asks for the digests under every accepted key.
    """

    def __init__(self, kind: str, **kwargs: Any) -> None:
        self.kind = digest.Kind(kind)
        kwargs.setdefault("max_length", 64)
        super().__init__(**kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, [str(self.kind), *args], kwargs

    def from_db_value(self, value: str | None, *_: Any) -> digest.TokenDigest | None:
        return None if value is None else digest.TokenDigest(value)

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, digest.TokenDigest):
            return value
        return digest.of_checksum(self.kind, str(value))


@DigestField.register_lookup
class DigestExact(Exact):
    """`exact` on a digest column: one digest for each key in DIGEST_KEYS."""

    def get_prep_lookup(self) -> Any:
        value = self.rhs
        if isinstance(value, digest.TokenDigest) or not isinstance(value, str):
            return super().get_prep_lookup()
        self._others = digest.candidates_of_checksum(self.lhs.output_field.kind, value)
        return self._others[0]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        others = getattr(self, "_others", [])
        if len(others) > 1:
            return In(self.lhs, others).as_sql(compiler, connection)
        return super().as_sql(compiler, connection)


def reference(to: str, **kwargs: Any) -> "models.ForeignKey[Any, Any]":
    """A foreign key without constraint: an orphan is dead because every look-up joins, and deleting the parent costs nothing."""
    kwargs.setdefault("related_name", "+")
    return models.ForeignKey(to, on_delete=models.DO_NOTHING, db_constraint=False, **kwargs)
