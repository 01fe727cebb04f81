"""RFC 9728 OAuth 2.0 Protected Resource Metadata: §2 the document of an API, §3.1 where it lies. Neither Django nor settings."""

from collections.abc import Collection
from typing import Any

from oauth_server import uris

SUFFIX = "/.well-known/oauth-protected-resource"


def protected_resource(
    resource: str,
    *,
    authorization_servers: Collection[str],
    scopes: Collection[str] = (),
    details_types: Collection[str] = (),
    name: str = "",
    documentation: str = "",
) -> dict[str, Any]:
    """The document, to be served as JSON at `url(resource)`. `resource` is the audience of the API's tokens."""
    members: dict[str, Any] = {
        "resource": resource,
        "authorization_servers": list(authorization_servers),
        "scopes_supported": list(scopes),
        "authorization_details_types_supported": list(details_types),
        # RFC 6750 §2.1 alone: no token in a body or a URL
        "bearer_methods_supported": ["header"],
        "resource_name": name,
        "resource_documentation": documentation,
    }
    return {member: value for member, value in members.items() if value}


def url(resource: str) -> str:
    """RFC 9728 §3.1: the well-known part stands between host, and path and query. Raises `ValueError`."""
    where = uris.split(resource)
    # RFC 9728 §1.2: an https URL without fragment
    if where.scheme not in {"https", "http"} or not where.netloc or where.fragment:
        raise ValueError("a resource with metadata is an https URL without fragment")
    path = "" if where.path == "/" and not where.query else where.path
    query = f"?{where.query}" if where.query else ""
    return f"{where.scheme}://{where.netloc}{SUFFIX}{path}{query}"
