"""OpenID Connect Core 1.0 §3.1.2.1 prompt and max_age; Initiating User Registration via OpenID Connect 1.0 prompt=create."""

from oauth_server.errors import InvalidRequest
from oauth_server.models import Client
from oauth_server.parameters import Parameters

VALUES = ("none", "login", "consent", "select_account", "create")
# Core §3.1.2.1: one page fits them all, so what a request asks for changes nothing
DISPLAYS = ("page", "popup", "touch", "wap")
_MOST = 2**31 - 1


def prompts(parameters: Parameters) -> tuple[str, ...]:
    """Raises `InvalidRequest` for an unknown value, and for `none` with another."""
    values = tuple(dict.fromkeys(value for value in parameters.get("prompt").split(" ") if value))
    if not set(values) <= set(VALUES):
        raise InvalidRequest("prompt has an unknown value.")
    if "none" in values and len(values) > 1:
        raise InvalidRequest("prompt=none cannot be combined with another value.")
    return values


def max_age(parameters: Parameters, client: Client) -> int | None:
    """Seconds since the sign-in that are still acceptable; the client's default where the request has none."""
    value = parameters.get("max_age")
    if not value:
        return client.default_max_age
    if not (value.isascii() and value.isdigit()) or len(value) > 10 or int(value) > _MOST:
        raise InvalidRequest("max_age is not a number of seconds.")
    return int(value)
