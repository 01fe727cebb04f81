"""RFC 8288 pages by key: no count and no offset, so that the last page of a million rows costs what the first does.

A cursor is signed, good for this list alone, and the same whenever the same page is asked for.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q, QuerySet

from oauth_server.api.v1.act import Act
from oauth_server.api.v1.problem import Problem

if TYPE_CHECKING:
    from oauth_server.api.v1.call import Call

LIMIT, CURSOR, ORDER = "limit", "cursor", "order"
DEFAULT, MOST = 50, 500


def names(act: Act) -> set[str]:
    """What the query of an act may hold."""
    known = set(act.filters.base_filters) if act.filters else set()
    return known | {LIMIT, CURSOR, ORDER} if act.lists else known


def filtered(call: "Call", rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Raises `Problem`."""
    if call.act.filters is None:
        return rows
    chosen = call.act.filters(call.request.GET, rows, request=call)
    if not chosen.is_valid():
        errors = {str(name): [str(text) for text in texts] for name, texts in chosen.errors.items()}
        raise Problem("invalid-request", "A filter has a value that it cannot have.", errors=errors)
    found: QuerySet[Any] = chosen.qs
    return found


def page(call: "Call", rows: "QuerySet[Any]") -> tuple[list[Any], str]:
    """The rows of this page, and the cursor of the next one; empty on the last. Raises `Problem`."""
    order, column, size = _order(call), _column(call), _size(call)
    sign = "-" if order.startswith("-") else ""
    rows = filtered(call, rows)
    if given := call.request.GET.get(CURSOR, ""):
        rows = rows.filter(_after(call, rows, order, column, given))
    found = list(rows.order_by(*dict.fromkeys((f"{sign}{column}", f"{sign}pk")))[: size + 1])
    if len(found) <= size:
        return found, ""
    last = found[size - 1]
    place = [order, str(getattr(last, column)), str(last.pk)]
    return found[:size], _signer(call).sign_object(place)


def link(call: "Call", cursor: str) -> str:
    kept = {name: call.request.GET[name] for name in call.request.GET if name != CURSOR}
    return f"{call.request.path}?{urlencode({**kept, CURSOR: cursor})}"


def _order(call: "Call") -> str:
    given = str(call.request.GET.get(ORDER, "") or next(iter(call.act.orders)))
    if given.removeprefix("-") not in {name.removeprefix("-") for name in call.act.orders}:
        raise Problem(
            "invalid-request", errors={ORDER: [f"Known: {', '.join(call.act.orders)}; - before it turns it round."]}
        )
    return given


def _column(call: "Call") -> str:
    order = _order(call)
    return call.act.orders.get(order) or call.act.orders.get(order.removeprefix("-")) or call.act.orders[f"-{order}"]


def _size(call: "Call") -> int:
    given = call.request.GET.get(LIMIT, str(DEFAULT))
    if not (given.isascii() and given.isdigit()) or len(given) > 9 or not 1 <= int(given) <= MOST:
        raise Problem("invalid-request", errors={LIMIT: [f"A number from 1 to {MOST}."]})
    return int(given)


def _signer(call: "Call") -> signing.Signer:
    return signing.Signer(salt=f"oauth_server.api.v1 {call.issuer.pk} {call.request.path}")


def _after(call: "Call", rows: "QuerySet[Any]", order: str, column: str, cursor: str) -> Q:
    wrong = Problem("invalid-request", errors={CURSOR: ["It is not one of this list, in this order."]})
    try:
        made_for, value, pk = _signer(call).unsign_object(cursor)
        fields = rows.model._meta
        key = fields.pk.to_python(pk)
        place = key if column == "pk" else fields.get_field(column).to_python(value)
    except (signing.BadSignature, FieldDoesNotExist, ValidationError, ValueError):
        raise wrong from None
    if made_for != order:
        raise wrong
    way = "lt" if order.startswith("-") else "gt"
    if column == "pk":
        return Q(**{f"pk__{way}": key})
    return Q(**{f"{column}__{way}": place}) | Q(**{column: place, f"pk__{way}": key})
