"""The endpoints for machines, each with its methods and a good request."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.flows import FORM, App, pairs


@dataclass(frozen=True)
class Machine:
    """`values` is a form that this endpoint answers with `good`; `cors` as a browser app may call it."""

    path: str
    methods: tuple[str, ...]
    values: dict[str, str] = field(default_factory=dict)
    good: int = 200
    authenticates: bool = True
    cors: bool = True
    public: bool = False


TOKEN = Machine("/oauth2/token", ("POST",), {"grant_type": "client_credentials"})
INTROSPECT = Machine("/oauth2/introspect", ("POST",), {"token": "x"}, cors=False)
REVOKE = Machine("/oauth2/revoke", ("POST",), {"token": "x"})
# the app of these tests has not the grant
DEVICE = Machine("/oauth2/device/auth", ("POST",), {"scope": "openid"}, good=400)
USERINFO = Machine("/userinfo", ("GET", "POST"), {"access_token": "x"}, good=401, authenticates=False)
DISCOVERY = Machine("/.well-known/openid-configuration", ("GET",), authenticates=False, public=True)
METADATA = Machine("/.well-known/oauth-authorization-server", ("GET",), authenticates=False, public=True)
JWKS = Machine("/.well-known/jwks.json", ("GET",), authenticates=False, public=True)

POSTED = (TOKEN, INTROSPECT, REVOKE, DEVICE, USERINFO)
PUBLIC = (DISCOVERY, METADATA, JWKS)
ALL = (*POSTED, *PUBLIC)


def send(app: App, machine: Machine, **changes: Any) -> Any:
    """The good request as a form, with these parameters changed; None takes one out."""
    return send_raw(app, machine, urlencode(pairs({**machine.values, **changes})))


def send_raw(app: App, machine: Machine, body: str | bytes, *, content_type: str = FORM, **headers: str) -> Any:
    credentials = app.credentials()[0] if machine.authenticates else {}
    return app.http.post(machine.path, body, content_type=content_type, headers={**credentials, **headers})


def name(machine: Machine) -> str:
    return machine.path
