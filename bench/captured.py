"""The statements that our endpoints run, taken down once, for the floor to run again."""

import base64
import pickle
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Captured:
    """`values`: what has to be replaced in the parameters, by name."""

    statements: list[tuple[str, list[Any]]]
    values: dict[str, Any]
    transactional: bool


def capture(seed: dict[str, Any]) -> str:
    """One request of each kind, after a warm-up, as text for `load`. Takes the last two codes and refresh tokens of the seed."""
    from bench import cases, inprocess
    from oauth_server import models
    from oauth_server.digest import Kind, digest

    found = {}
    kinds = {"refresh": Kind.REFRESH_TOKEN, "code": Kind.AUTHORIZATION_CODE}
    for case in cases.CASES:
        request = case.make(cases.Paths(), seed)
        # what a process loads once is not part of a request
        inprocess.call(request, request.values.pop() if request.values else "")
        value = request.values.pop() if request.values else ""
        statements: list[tuple[str, list[Any]]] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any, to: Any = statements) -> Any:
            to.append((sql, list(params or ())))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            answer = inprocess.call(request, value)
        values: dict[str, Any] = {
            "presented": digest(kinds.get(case.name, Kind.ACCESS_TOKEN), value or seed["access_token"])
        }
        if value:
            refresh = digest(Kind.REFRESH_TOKEN, answer["refresh_token"])
            row = models.RefreshToken.objects.get(token_checksum=refresh)
            values |= {"refresh": refresh, "family": row.authorization_id, "row": row.previous_id or "no row"}
        if "access_token" in answer:
            values["access"] = digest(Kind.ACCESS_TOKEN, answer["access_token"])
        plain = {name: str(v) if isinstance(v, str) else v for name, v in values.items()}
        found[case.name] = Captured(_without_subclasses(statements), plain, bool(value))
    return base64.b64encode(pickle.dumps(found)).decode()


def _without_subclasses(statements: list[tuple[str, list[Any]]]) -> list[tuple[str, list[Any]]]:
    return [(sql, [str(v) if isinstance(v, str) else v for v in parameters]) for sql, parameters in statements]


def load(text: str) -> dict[str, Captured]:
    """Written by `capture` in the same run."""
    found: dict[str, Captured] = pickle.loads(base64.b64decode(text))  # noqa: S301
    return found
