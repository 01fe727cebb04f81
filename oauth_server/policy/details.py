"""RFC 9396 Rich Authorization Requests. §2 (authorization_details), §5 (refusals), §6.1 (more or less), §7.1 (enriched), §9 (by API).

A request without the parameter passes here in one comparison.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from oauth_server.errors import InvalidAuthorizationDetails
from oauth_server.models import AuthorizationDetailType, Client, Issuer
from oauth_server.parameters import json_value
from oauth_server.policy import detail_schema
from oauth_server.policy.detail_types import TYPES, Detail, is_same, narrowed
from oauth_server.policy.reach import Reach

PARAMETER = "authorization_details"
MOST = 20
MOST_BYTES = 8_000
# RFC 3986 §5.2.4 dot segments, and what some programs read as one or as a slash
_WAYS_OUT = re.compile(r"/\.{1,2}(?:[/?#]|$)|\\|%2e|%2f|%5c", re.IGNORECASE | re.ASCII)
# RFC 8259 §6: what every program reads as the same number
_LARGEST = 2**53
# Controls but tab and line ends, and what has no picture of its own but turns, hides or joins what stands beside it: people read these
_TURNS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def read(text: str | None, reach: Reach) -> tuple[Detail, ...]:
    """The details of a request, each of a type that the client may use, and as that type has it. Raises `InvalidAuthorizationDetails`."""
    if not text:
        return ()
    found = _parsed(text)
    for one in found:
        _require_good(one, reach)
    return _once(found)


def default_scope(asked: Sequence[Detail], client: Client) -> str:
    """RFC 6749 §3.3: who says by details what is wanted, and names no scope, gets none besides."""
    return "" if asked else client.default_scopes


def _parsed(text: str) -> list[Detail]:
    found = json_value(text, PARAMETER, most=MOST_BYTES, refusal=InvalidAuthorizationDetails)
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise InvalidAuthorizationDetails("authorization_details is not an array of objects.")
    if len(found) > MOST:
        raise InvalidAuthorizationDetails(f"authorization_details has more than {MOST} objects.")
    if not all(map(_is_plain, _inside(found))):
        raise InvalidAuthorizationDetails(
            "authorization_details holds a number or a character that cannot be kept or shown."
        )
    return found


def _inside(value: Any) -> Iterable[Any]:
    """Every name and every value that is no list or object; the nesting is bounded."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _inside(one)
    elif isinstance(value, list):
        for one in value:
            yield from _inside(one)
    else:
        yield value


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return not _TURNS.search(value)
    return value is None or isinstance(value, bool) or abs(value) <= _LARGEST


def _once(details: Iterable[Detail]) -> tuple[Detail, ...]:
    found: list[Detail] = []
    for one in details:
        if not any(is_same(one, other) for other in found):
            found.append(one)
    return tuple(found)


def _require_good(detail: Detail, reach: Reach) -> None:
    """§5."""
    row = reach.details.get(detail["type"]) if isinstance(detail.get("type"), str) else None
    if row is None:
        raise InvalidAuthorizationDetails("A type is missing, unknown, or not among those of the client.")
    if wrong := detail_schema.problem(detail, row.schema):
        raise InvalidAuthorizationDetails(wrong, reason=f"{row.type}: {wrong}")
    if not _is_placed(detail, row, reach):
        raise InvalidAuthorizationDetails("locations names an API that this type, or the client, is not for.")
    own = TYPES.get(row.type)
    if own is not None and (wrong := own.problem(detail)):
        raise InvalidAuthorizationDetails(wrong, reason=f"{row.type}: {wrong}")


def _is_placed(detail: Detail, row: AuthorizationDetailType, reach: Reach) -> bool:
    known = _known(reach) if row.audience is None else (row.audience.identifier,)
    return all(_api_at(location, known) for location in detail.get("locations", ()))


def _known(reach: Reach) -> tuple[str, ...]:
    return (*reach.audiences, reach.issuer)


def _api_at(location: str, known: Iterable[str]) -> str:
    """§2.2: the API at or above a location, the nearest; empty when there is none, or when it could lead out of what it is below."""
    if _WAYS_OUT.search(location):
        return ""
    above = (name for name in known if location == name or location.startswith(f"{name.rstrip('/')}/"))
    return max(above, key=len, default="")


def _apis(detail: Detail, own: str | None, known: Sequence[str]) -> tuple[str, ...]:
    """The APIs of a detail; none: it is for all of them."""
    if own is not None:
        return (own,)
    found = (_api_at(location, known) for location in detail.get("locations", ()))
    return tuple(dict.fromkeys(name for name in found if name))


def _own_api(detail: Detail, reach: Reach) -> str | None:
    row = reach.details.get(detail["type"])
    return row.audience.identifier if row is not None and row.audience is not None else None


def audiences(details: Iterable[Detail], reach: Reach) -> tuple[str, ...]:
    """§3.2 the APIs that these are for, whatever `resource` names besides."""
    names = (name for one in details for name in _apis(one, _own_api(one, reach), _known(reach)))
    return tuple(dict.fromkeys(names))


def at(details: Sequence[Detail], identifiers: Iterable[str], reach: Reach) -> tuple[Detail, ...]:
    """§9 those that mean something at these audiences, of types that the client still has."""
    if not details:
        return ()
    mine = [one for one in details if one["type"] in reach.details]
    own = {one["type"]: _own_api(one, reach) for one in mine}
    return _here(mine, own, _known(reach), identifiers)


def seen_at(
    details: Sequence[Detail], audiences: Sequence[str], seen: Iterable[str], issuer: Issuer
) -> Sequence[Detail]:
    """§9.2 of the details of a token those that an API may see, under which of its audiences it asks. No statement for one audience."""
    if len(audiences) < 2 or not details:
        return details
    rows = AuthorizationDetailType.objects.filter(issuer=issuer, type__in={one["type"] for one in details})
    own: dict[str, str | None] = dict(rows.values_list("type", "audience__identifier"))
    return _here(details, own, audiences, seen)


def _here(
    details: Iterable[Detail], own: Mapping[str, str | None], known: Sequence[str], identifiers: Iterable[str]
) -> tuple[Detail, ...]:
    """Those that are for one of these APIs, or for all. `own`: the API of a type, where it has one."""
    here = set(identifiers)
    return tuple(one for one in details if not (apis := _apis(one, own.get(one["type"]), known)) or here & set(apis))


def narrow(text: str | None, granted: Sequence[Detail], reach: Reach) -> tuple[Detail, ...]:
    """§6: the same as was granted, or less. Raises `InvalidAuthorizationDetails`."""
    if not text:
        return tuple(granted)
    return _once(_less(one, granted, reach) for one in _parsed(text))


def _less(asked: Detail, granted: Iterable[Detail], reach: Reach) -> Detail:
    held = (each for each in granted if each["type"] == asked.get("type") and each["type"] in reach.details)
    less = next((part for each in held if (part := _part(asked, each)) is not None), None)
    if less is None:
        raise InvalidAuthorizationDetails("The authorization details are more than was granted.")
    return less


def _part(asked: Detail, granted: Detail) -> Detail | None:
    own = TYPES.get(granted["type"])
    return narrowed(asked, granted) if own is None else own.narrowed(asked, granted)


def enriched(details: Iterable[Detail], user: Any) -> list[dict[str, Any]]:
    """§7.1 what is granted where these were asked."""
    return [{**_enriched(one, user), "type": one["type"]} for one in details]


def _enriched(detail: Detail, user: Any) -> Detail:
    own = TYPES.get(detail["type"])
    return detail if own is None else own.enriched(detail, user)


def forms(asked: Sequence[Detail], user: Any) -> list[Detail]:
    """What of these can have been granted: each as it was asked, and as it is enriched."""
    return [*asked, *enriched(asked, user)]


def are_among(forms: Iterable[Detail], granted: Sequence[Detail]) -> bool:
    """Whether any of these is in what was granted, also as a part of one that is more."""
    return any(_part(form, held) is not None for form in forms for held in granted if held["type"] == form["type"])


def name(detail: Detail) -> str:
    """Names a detail, so that a form can carry which one is meant, and the log say whether two were the same."""
    text = json.dumps(_even(detail), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _even(value: Any) -> Any:
    """A database may give 2.0 back as 2."""
    if isinstance(value, Mapping):
        return {key: _even(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_even(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
