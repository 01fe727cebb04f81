"""Ory Hydra's contract: pages by tokens in one Link header. A token is opaque, signed, and good for this list alone."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from oauth_server.api.hydra import wire
from oauth_server.api.hydra.gate import Call

_DEFAULT, _MOST = 100, 500
_TOKEN = re.compile(r"([0-9a-f-]{1,40})\.([0-9a-f]{32})", re.ASCII)


def page(call: Call, rows: "QuerySet[Any]", describe: Callable[[list[Any]], list[Any]]) -> HttpResponse:
    """A bare array, ordered by key; no `next` in the Link header on the last page."""
    size, after = _size(call), _after(call)
    rows = rows.order_by("pk")
    found = list((rows.filter(pk__gt=after) if after else rows)[: size + 1])
    shown = found[:size]
    links = [_link(call, size, "", "first")]
    if len(found) > size:
        links.append(_link(call, size, _token(call, shown[-1].pk), "next"))
    return wire.answer(describe(shown), headers={"Link": ",".join(links)})


def _size(call: Call) -> int:
    given = call.query.get("page_size", "")
    if not given:
        return _DEFAULT
    if not (given.isascii() and given.isdigit()) or len(given) > 9:
        raise wire.bad("page_size is not a number.")
    return min(int(given) or _DEFAULT, _MOST)


def _after(call: Call) -> str:
    given = call.query.get("page_token", "")
    if not given:
        return ""
    match = _TOKEN.fullmatch(given)
    if match is None or not constant_time_compare(given, _token(call, match[1])):
        raise wire.bad("page_token is not one of this list.")
    return match[1]


def _token(call: Call, key: object) -> str:
    name = f"{call.path}\x1f{call.issuer.pk}\x1f{key}"
    return f"{key}.{salted_hmac('oauth_server.api.hydra.page', name, algorithm='sha256').hexdigest()[:32]}"


def _link(call: Call, size: int, token: str, rel: str) -> str:
    kept = {name: call.query[name] for name in call.query if name not in {"page_size", "page_token"}}
    query = urlencode({**kept, "page_size": size, **({"page_token": token} if token else {})})
    return f'<{call.path}?{query}>; rel="{rel}"'
