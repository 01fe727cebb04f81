"""OpenID Connect Core 1.0 §5.1 standard claims that a person can fill in: the columns, and the address as one claim."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

_web_address = URLValidator(schemes=["https", "http"])
# E.164, as §5.1 recommends
_phone_number = RegexValidator(
    r"\A\+[1-9][0-9]{5,14}\Z", _("Write it with the country code and digits only, such as +15555550100.")
)

# RFC 5646 §2.1; some write the hyphen as an underscore, which §5.1 asks to understand
_language_tag = RegexValidator(
    r"\A[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*\Z", _("Write a language tag, such as en or pt-BR.")
)


@cache
def time_zones() -> frozenset[str]:
    """The names of the IANA time zone database."""
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    if name not in time_zones():
        raise ValidationError(_("There is no such time zone. Write it as Europe/Berlin."))


def _text(label: Any, length: int = 150, validators: Sequence[Any] = ()) -> "models.CharField[str, str]":
    return models.CharField(label, max_length=length, blank=True, default="", validators=validators)


def _address(label: Any) -> "models.CharField[str, str]":
    return models.CharField(label, max_length=2000, blank=True, default="", validators=[_web_address])


class Profile(models.Model):
    middle_name = _text(_("middle name"))
    nickname = _text(_("nickname"))
    profile_url = _address(_("profile page"))
    picture = _address(_("picture"))
    website = _address(_("website"))
    gender = _text(_("gender"), 40)
    birthdate = models.DateField(_("date of birth"), null=True, blank=True)
    zoneinfo = _text(_("time zone"), 64, [validate_time_zone])
    locale = _text(_("language"), 35, [_language_tag])
    phone_number = models.CharField(
        _("phone number"), max_length=16, blank=True, default="", validators=[_phone_number]
    )
    phone_number_verified = models.BooleanField(_("phone number confirmed"), default=False)
    street_address = models.TextField(_("street and number"), max_length=500, blank=True, default="")
    locality = _text(_("town"))
    region = _text(_("region"))
    postal_code = _text(_("postal code"), 32)
    country = _text(_("country"))

    class Meta:
        abstract = True

    @property
    def address_claim(self) -> dict[str, str]:
        """§5.1.1; `formatted` in lines, as on an envelope."""
        town = " ".join(filter(None, (self.postal_code, self.locality)))
        lines = [*self.street_address.splitlines(), town, self.region, self.country]
        return {
            "formatted": "\n".join(line for line in lines if line.strip()),
            "street_address": self.street_address,
            "locality": self.locality,
            "region": self.region,
            "postal_code": self.postal_code,
            "country": self.country,
        }
