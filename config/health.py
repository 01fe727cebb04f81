"""The container's health check: `python -m config.health` asks the server beside it for its metadata."""

import http.client
import os
import sys

from oauth_server import uris


def healthy(port: int, issuer: str) -> bool:
    """Whether the server on the port answers for the issuer, as behind a proxy that ends TLS."""
    site = uris.split(issuer)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    headers = {"Host": site.netloc, "X-Forwarded-Proto": site.scheme}
    try:
        connection.request("GET", f"{site.path}/.well-known/openid-configuration", headers=headers)
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    port = int(os.environ.get("GRANIAN_PORT", "8000"))
    sys.exit(not healthy(port, os.environ["OAUTH_SERVER_ISSUER"]))
