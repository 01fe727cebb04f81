"""What a developer pastes to use a client, with its real values: the files of this folder, each under the name of the file it becomes.

No snippet holds the secret: each reads it from the environment, where the file `.env` puts it.
"""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import template
from django.template import Context, Engine
from django.utils.translation import gettext_lazy as _

from oauth_server.endpoints import metadata
from oauth_server.models import Client

_FOLDER = Path(__file__).parent
register = template.Library()


@register.filter
def quoted(value: Any) -> str:
    """A string as Python, JavaScript, YAML and JSON write it."""
    return json.dumps(str(value))


@register.filter
def shell(value: Any) -> str:
    return shlex.quote(str(value))


_engine = Engine(dirs=[str(_FOLDER)], autoescape=False)
_engine.template_builtins.append(register)


@dataclass(frozen=True, slots=True)
class Snippet:
    """`name` is the file that it becomes."""

    name: str
    title: Any
    text: str


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    title: Any
    fits: Callable[[Client], bool]


def _by_code(client: Client) -> bool:
    return "authorization_code" in client.grant_types


def _has_grant(client: Client) -> bool:
    return bool(
        {"authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"}
        & {*client.grant_types}
    )


def _shows_secret_or_none(client: Client) -> bool:
    return client.token_endpoint_auth_method in ("client_secret_basic", "client_secret_post", "none")


def _runs_on_server(client: Client) -> bool:
    return _by_code(client) and client.token_endpoint_auth_method in ("client_secret_basic", "client_secret_post")


def _acts_for_a_person(client: Client) -> bool:
    return _by_code(client) and client.is_public


_KINDS = (
    _Kind("curl.sh", "curl", lambda client: _has_grant(client) and _shows_secret_or_none(client)),
    _Kind(
        "authlib_client.py",
        "Authlib (Python)",
        lambda client: (
            (_by_code(client) or "client_credentials" in client.grant_types) and _shows_secret_or_none(client)
        ),
    ),
    _Kind(
        "openid_client.mjs",
        "openid-client (Node.js)",
        lambda client: (
            (_by_code(client) or "client_credentials" in client.grant_types) and _shows_secret_or_none(client)
        ),
    ),
    _Kind("oidc_client_ts.mjs", "oidc-client-ts (browser)", lambda client: _by_code(client) and client.is_public),
    _Kind("auth.js", "Auth.js (Next.js)", _runs_on_server),
    _Kind("application.yml", "Spring Security", _runs_on_server),
    _Kind("oidc_settings.py", "mozilla-django-oidc", _runs_on_server),
    _Kind("auth_openidc.conf", "mod_auth_openidc (Apache)", _runs_on_server),
    _Kind("mcp_client.py", _("MCP client (Python)"), _acts_for_a_person),
    _Kind("mcp_client.mjs", _("MCP client (Node.js)"), _acts_for_a_person),
    _Kind("api_views.py", _("Django REST framework, the API that takes the tokens"), _has_grant),
)


def of(client: Client) -> list[Snippet]:
    """Those that fit, each with this client's values."""
    values = _values(client)
    # an MCP client is one of an API
    kinds = [kind for kind in _KINDS if kind.fits(client) and (values["api"] or kind.fits is not _acts_for_a_person)]
    return [Snippet(kind.name, kind.title, render(kind.name, values)) for kind in kinds]


def env(client: Client, secret: str = "") -> str:
    """The file `.env`; the one place where a secret is."""
    return render("env", {**_values(client), "secret": secret})


def _values(client: Client) -> dict[str, Any]:
    scopes = list(client.scopes.order_by("name").values_list("name", "audience__identifier"))
    apis = [*client.audiences.order_by("identifier").values_list("identifier", flat=True)]
    apis += sorted({api for _name, api in scopes if api and api not in apis})
    return {
        **metadata.document(client.issuer),
        "client": client,
        "client_id": client.client_id,
        "redirect_uri": next(iter(client.redirect_uris.split()), ""),
        "scope": " ".join(name for name, _api in scopes),
        "api_scopes": [name for name, api in scopes if api],
        "api": apis[0] if apis else "",
        "grants": client.grant_types,
        "by_code": _by_code(client),
        "by_itself": "client_credentials" in client.grant_types,
        "by_device": "urn:ietf:params:oauth:grant-type:device_code" in client.grant_types,
        "by_post": client.token_endpoint_auth_method == "client_secret_post",
        "has_secret": client.has_secret,
    }


def render(name: str, values: dict[str, Any]) -> str:
    """The file of that name; the pages of the documentation show it with the values of an example."""
    return _engine.get_template(f"{name}.txt").render(Context(values, autoescape=False)).strip() + "\n"
