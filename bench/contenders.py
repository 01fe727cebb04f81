"""Who takes part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.cases import CASES, DOT, Case, Paths

EVERY = tuple(case.name for case in CASES)


@dataclass(frozen=True)
class Contender:
    """`seed`: the program that fills its database. `floor`: the bare code with the same front end.

    `slow`: load to warm it up would take longer than the measurement.
    """

    name: str
    title: str
    seed: str = "ours"
    cases: tuple[str, ...] = EVERY
    paths: Paths = Paths()
    floor: str = ""
    slow: bool = False


_OF_DOT = tuple(name for name in EVERY if name != "client_credentials_jwt")
CONTENDERS = [
    Contender("dot", "django-oauth-toolkit, as it comes", "dot", _OF_DOT, DOT, slow=True),
    Contender("dot_fast", "django-oauth-toolkit, fast secret hash", "dot_fast", _OF_DOT, DOT),
    Contender("floor_django", "Floor: bare view in Django's handler"),
    Contender("floor_wsgi", "Floor: bare WSGI callable, prepared cursor"),
    Contender("ours_django", "Ours, Django's handler", floor="floor_django"),
    Contender("ours_lane", "Ours, lane, prepared cursor", floor="floor_wsgi"),
    Contender("ours_lane_async", "Ours, lane, asynchronous commit", cases=("client_credentials",)),
]


@dataclass(frozen=True)
class Peer:
    """A server that somebody else has started. `pids`: the roots of its processes and of its database's, for the CPU."""

    name: str
    host: str
    port: int
    netloc: str
    paths: Paths
    seed: dict[str, Any]
    cases: tuple[str, ...]
    pids: tuple[int, ...]


def check_of(case: Case, peer: bool) -> Callable[[dict[str, Any]], bool]:
    """A peer may give its JWTs another algorithm, and may leave `client_id` out."""
    if not peer:
        return case.is_right
    if case.name == "introspection":
        return lambda body: body["active"] is True
    return lambda body: bool(body["access_token"])
