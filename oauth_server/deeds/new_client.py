"""RFC 7591 §2 a client of the answers to a few questions (`registration/profiles.py`)."""

from django.db import transaction

from oauth_server.deeds import client as deed
from oauth_server.deeds.client import Made
from oauth_server.errors import InvalidClientMetadata
from oauth_server.models import Issuer
from oauth_server.registration import metadata, posture, profiles, redirects
from oauth_server.registration.profiles import Answers, Kind


def problems(issuer: Issuer, answers: Answers) -> dict[str, list[str]]:
    """Member → what is wrong, or unwise: the wizard makes nothing that our own lint would complain about."""
    members = profiles.members(answers)
    checked = {**members, "audience": []} if answers.kind == Kind.API else members
    found = metadata.problems(issuer, checked)
    if "redirect_uris" in found:
        lint = redirects.lint(members["redirect_uris"], public=answers.is_public)
        told = [f"{one.uri}: {one.text}" for one in lint if one.level == redirects.ERROR]
        return {**found, "redirect_uris": told or found["redirect_uris"]}
    whole = {**metadata.blank(posture.MEMBERS), **members}
    for one in posture.concerns(whole):
        is_address = one.uri in members["redirect_uris"]
        text = f"{one.uri}: {one.text}" if is_address else one.text
        found.setdefault("redirect_uris" if is_address else one.uri, []).append(text)
    return found


@transaction.atomic
def make(issuer: Issuer, answers: Answers) -> Made:
    """The client, and its secret if it has one. Raises `InvalidRedirectUri`, `InvalidClientMetadata`."""
    if wrong := problems(issuer, answers):
        raise InvalidClientMetadata("; ".join(wrong))
    members = profiles.members(answers)
    if answers.kind == Kind.API:
        deed.provide(issuer, members)
    client, value = metadata.create(issuer, members)
    if answers.kind == Kind.API:
        issuer.audiences.get(identifier=answers.api).introspectors.add(client)
    return Made(client, value or "")
