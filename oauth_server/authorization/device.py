"""RFC 8628 §3.1 the authorization request of a device: who asks and for what, without a redirect URI."""

from oauth_server.authorization import pkce, response_types
from oauth_server.authorization.request import AuthorizationRequest, Destination
from oauth_server.client_auth import known
from oauth_server.client_auth.known import Known
from oauth_server.errors import AccessDenied, InvalidRequest, IssuingStopped
from oauth_server.models import DeviceRequest, Issuer
from oauth_server.parameters import Parameters
from oauth_server.policy import audiences, details, scopes

PATH = "/device"
# `nonce` and the challenge as in an authorization request: they bind what the device code brings
PARAMETERS = frozenset(
    "client_id scope audience resource nonce code_challenge code_challenge_method authorization_details".split()
)
_LONGEST = 2_000


def validate(
    parameters: Parameters, issuer: Issuer, found: Known, row: DeviceRequest | None = None
) -> AuthorizationRequest:
    """The typed request. Raises `OAuthError`."""
    client, reach = found.client, found.reach
    if client.issuer.stopped_at is not None:
        raise IssuingStopped
    asked = details.read(parameters.optional(details.PARAMETER), reach)
    default = details.default_scope(asked, client)
    scope = scopes.resolve(parameters.optional("scope"), reach, default=default, person=True)
    audience, resource = parameters.all("audience"), parameters.all("resource")
    audiences.grant(audience, resource, scope, reach, details.audiences(asked, reach))
    if len(parameters.get("nonce").encode()) > _LONGEST:
        raise InvalidRequest(f"nonce is longer than {_LONGEST} bytes.")
    asks_for_pkce = {"code_challenge", "code_challenge_method"} & set(parameters.as_dict())
    return AuthorizationRequest(
        destination=Destination(
            issuer=issuer,
            client=client,
            reach=reach,
            redirect_uri="",
            redirect_uri_given=False,
            response_mode="",
            state="",
        ),
        # as far as the family goes, the device code is one
        response_type=response_types.TABLE[0],
        scope=scope,
        audience=audience,
        resource=resource,
        nonce=parameters.get("nonce"),
        prompt=(),
        max_age=client.default_max_age,
        acr_values=tuple(client.default_acr_values),
        login_hint="",
        hinted_sub="",
        code_challenge=pkce.challenge(parameters, client) if asks_for_pkce else "",
        parameters=parameters.only(PARAMETERS),
        device=row,
        details=asked,
    )


def again(row: DeviceRequest, issuer: Issuer) -> AuthorizationRequest:
    """The stored request, validated again: the client may have changed meanwhile. Raises `OAuthError`."""
    try:
        found = known.proven(row.application.client_id, issuer)
    except known.Unknown:
        raise AccessDenied(reason="the client of the device is gone") from None
    return validate(Parameters.from_dict(row.request), issuer, found, row)
