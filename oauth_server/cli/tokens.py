"""RFC 6749 §5.1: a token answer as commands print it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from oauth_server.cli.output import EMPTY, Row, when

HEADINGS = ("ACCESS TOKEN", "REFRESH TOKEN", "ID TOKEN", "EXPIRY")


def row(answer: dict[str, Any]) -> Row:
    lifetime = answer.get("expires_in")
    expiry = when(datetime.now(UTC) + timedelta(seconds=int(lifetime))) if isinstance(lifetime, int) else EMPTY
    shown = [str(answer.get(name) or EMPTY) for name in ("access_token", "refresh_token", "id_token")]
    members = {name: value for name, value in answer.items() if value is not None}
    if expiry != EMPTY:
        members["expiry"] = expiry
    return Row(str(answer.get("access_token", "")), tuple(zip(HEADINGS, [*shown, expiry], strict=True)), members)
