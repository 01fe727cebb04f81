"""RFC 7591 §2 the members of a client, under the names that registration gives them (`registration/shapes.py`), and a few of our own."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from oauth_server.api.v1.answer import time
from oauth_server.api.v1.identity import id_of
from oauth_server.api.v1.members import Flag, Names, Object, Text, Time, Whole
from oauth_server.models import Client
from oauth_server.models.fields import validate_brand
from oauth_server.policy import lifespans
from oauth_server.registration import metadata, shapes

# What no registration may set, and therefore no metadata knows
OWN = ("enabled", "verified", "publisher", "brand")
_TEXTS = {
    "client_name": "What people see.",
    "token_endpoint_auth_method": "client_secret_basic (default), client_secret_post, private_key_jwt, none.",
    "scope": "What it may ask for, separated by spaces.",
    "default_scopes": "What a request without scope gets.",
    "id_token_signed_response_alg": "RS256 (default), PS256, ES256, EdDSA.",
    "subject_type": "public (default), pairwise.",
    "sector_identifier_uri": "Its host stands for the sector of a pairwise client.",
    "application_type": "web (default), native.",
    "id_token_encrypted_response_alg": "",
    "id_token_encrypted_response_enc": "",
    "userinfo_signed_response_alg": "",
    "userinfo_encrypted_response_alg": "",
    "userinfo_encrypted_response_enc": "",
    "request_object_signing_alg": "",
    "token_endpoint_auth_signing_alg": "",
    "initiate_login_uri": "Its https page at which a sign-in may begin.",
    "frontchannel_logout_uri": "Its page for a sign-out, loaded in a frame.",
    "backchannel_logout_uri": "Where this server tells it of a sign-out.",
    "jwks_uri": "Where its public keys are; instead of jwks.",
    "software_id": "",
    "software_version": "",
    "refresh_token_rule": "offline_access (default), always.",
    "client_uri": "Its home page.",
    "logo_uri": "Its picture at its own site.",
    "policy_uri": "Its privacy policy.",
    "tos_uri": "Its terms of service.",
    "owner": "Whose it is, in words of the operator.",
    "access_token_strategy": "opaque or jwt, whatever the APIs say.",
}
_LISTS = {
    "grant_types": "authorization_code (default), refresh_token, client_credentials …",
    "response_types": "code; others where the settings allow them.",
    "redirect_uris": "Where the browser comes back to; compared exactly.",
    "post_logout_redirect_uris": "Where a sign-out may lead.",
    "audience": "The APIs that it may name.",
    "allowed_cors_origins": "Origins of a browser app.",
    "id_token_audiences": "IDs of clients that may take its ID tokens as well.",
    "request_uris": "Where its request objects lie.",
    "response_modes": "Empty: every one that fits.",
    "default_acr_values": "What a request without acr_values asks for.",
    "authorization_details_types": "The types of authorization details (RFC 9396) that it may ask for.",
    "contacts": "Mail addresses.",
}
_FLAGS = {
    "require_pkce": "Required unless a confidential client is freed.",
    "skip_consent": "People are not asked. To set it takes `manage:login`.",
    "accepts_fewer_scopes": "People may grant a part of what is asked.",
    "require_pushed_authorization_requests": "Nothing else is taken.",
    "require_signed_request_object": "Nothing else is taken.",
    "frontchannel_logout_session_required": "",
    "backchannel_logout_session_required": "",
    "require_auth_time": "",
    "skip_logout_consent": "No question at sign-out.",
}


def _fields() -> dict[str, Any]:
    """As a document describes them; what they may be is for `registration/` to say."""
    found: dict[str, Any] = {
        "client_id": Text(required=False, max_length=255, help_text="Chosen, or made. It never changes.")
    }
    found |= {name: Text(required=False, help_text=told) for name, told in _TEXTS.items()}
    found |= {name: Names(required=False, help_text=told) for name, told in _LISTS.items()}
    found |= {name: Flag(required=False, help_text=told) for name, told in _FLAGS.items()}
    found["jwks"] = serializers.DictField(required=False, allow_null=True, help_text="Its public keys, as a JWKS.")
    found["metadata"] = serializers.DictField(required=False, help_text="An object of your own.")
    found["lifespans"] = serializers.DictField(
        child=Whole(), required=False, help_text=f"Seconds: {', '.join(lifespans.MEMBERS)}."
    )
    found["default_max_age"] = Whole(required=False, allow_null=True, help_text="Seconds since the sign-in.")
    found["client_secret"] = Text(
        required=False, write_only=True, help_text="Chosen instead of generated; it takes the place of all others."
    )
    return found


class ClientMembers(Object):
    lasting = ("client_id", "person")

    enabled = Flag(required=False, help_text="Off is final for all that it holds.")
    verified = Flag(required=False, help_text="The operator has checked who runs it. To set it takes `manage:login`.")
    publisher = Text(required=False, max_length=200, help_text="Who runs it. To set it takes `manage:login`.")
    brand = serializers.DictField(
        child=Text(), required=False, validators=[validate_brand], help_text="Colours of the pages on the way to it."
    )
    person = Text(
        required=False,
        allow_null=True,
        max_length=255,
        help_text="Who owns it: the ID, or at first also the sign-in name.",
    )
    registration_source = Text(read_only=True, help_text="Who registered it.")
    logo = Text(read_only=True, help_text="Names its picture at /oauth2/logo/….png; empty: none.")
    created_at = Time(read_only=True)
    updated_at = Time(read_only=True)
    consent_not_before = Time(read_only=True, allow_null=True, help_text="What people agreed to before is asked again.")
    tokens_not_before = Time(read_only=True, allow_null=True, help_text="What was issued before this time is dead.")

    def get_fields(self) -> dict[str, Any]:
        return {**_fields(), **super().get_fields()}

    def to_internal_value(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """As they were sent: `metadata` judges what it knows, with the messages that registration gives."""
        own = {name: value for name, value in data.items() if name not in shapes.MEMBERS}
        return {
            **super().to_internal_value(own),
            **{name: value for name, value in data.items() if name in shapes.MEMBERS},
        }


class MadeClient(ClientMembers):
    """The answer that tells a new secret."""

    def get_fields(self) -> dict[str, Any]:
        told = {
            "client_secret": Text(read_only=True, required=False, help_text="Told in this answer alone."),
            "client_secret_expires_at": Whole(read_only=True, required=False, help_text="0: never."),
        }
        return {**super().get_fields(), **told}


def describe(row: Client) -> dict[str, Any]:
    """Scopes and audiences come along where they were fetched before."""
    return {
        "id": id_of(row.client_id),
        **metadata.describe(row),
        **{name: getattr(row, name) for name in OWN},
        "person": None if row.user_id is None else str(row.user_id),
        "registration_source": row.registration_source,
        "logo": row.logo,
        "created_at": time(row.created),
        "updated_at": time(row.updated),
        "consent_not_before": time(row.consent_not_before),
        "tokens_not_before": time(row.tokens_not_before),
    }
