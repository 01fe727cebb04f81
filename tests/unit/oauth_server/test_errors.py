"""Every error code: one class, on the wire as the specifications spell it."""

import pytest

from oauth_server import errors
from oauth_server.errors import OAuthError


def _all() -> list[type[OAuthError]]:
    return [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, OAuthError)]


# a kind of another error shares its code
CODES = sorted((kind for kind in set(_all()) if kind.__base__ is OAuthError), key=lambda kind: kind.error)

# RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 7591 §3.2.2, RFC 8628 §3.5,
# RFC 8707 §2, RFC 9101 §7, RFC 9396 §5, OpenID Connect Core 1.0 §3.1.2.6
WIRE = set(
    "access_denied account_selection_required authorization_pending consent_required expired_token "
    "insufficient_scope interaction_required invalid_authorization_details invalid_client invalid_client_metadata "
    "invalid_grant invalid_redirect_uri invalid_request invalid_request_object invalid_request_uri invalid_scope "
    "invalid_software_statement invalid_target invalid_token login_required registration_not_supported "
    "request_not_supported request_uri_not_supported server_error slow_down temporarily_unavailable "
    "unapproved_software_statement unauthorized_client unmet_authentication_requirements unsupported_grant_type "
    "unsupported_response_type unsupported_token_type".split()
)


def test_each_code_has_one_class():
    assert [kind.error for kind in CODES] == sorted(WIRE)


@pytest.mark.spec("RFC 6749", "5.2")
@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.error)
def test_a_description_can_be_sent_as_it_stands(kind: type[OAuthError]):
    assert kind.default
    assert all(c in "\x20\x21" or "\x23" <= c <= "\x5b" or "\x5d" <= c <= "\x7e" for c in kind.default)


def test_a_reason_never_becomes_the_description():
    error = errors.InvalidGrant(reason="the person is inactive")
    assert error.description == errors.InvalidGrant.default
    assert error.reason == "the person is inactive"
    assert not error.commits


def test_without_a_reason_the_description_is_it():
    assert errors.InvalidScope("Too many scopes.").reason == "Too many scopes."
    assert errors.ServerError().reason == errors.ServerError.default
