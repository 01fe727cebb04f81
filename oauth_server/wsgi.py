"""The machine lane: token, introspection, revocation, UserInfo, metadata and JWKS without Django's handler and middleware.

application = lane(get_wsgi_application())
"""

from typing import Any


def lane(application: Any) -> Any:
    """Wrap a project's WSGI application. Imports late: the argument has set Django up by then."""
    from oauth_server.endpoints.lane import wrap

    return wrap(application)
