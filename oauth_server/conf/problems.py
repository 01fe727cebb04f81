"""What is wrong with the dict: names that are no settings, wrong types, values that cannot be."""

import ipaddress
import re
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints


def of(values: dict[str, Any], declared: Any) -> list[str]:
    hints = get_type_hints(declared)
    found = [f"unknown setting {name}" for name in values if name not in hints]
    found += [_type(name, hints[name], value) for name, value in values.items() if name in hints]
    if not any(found):
        found += [_network(network) for network in values.get("TRUSTED_PROXIES", [])]
        found += [_acr(value) for value in values.get("ACR_VALUES", [])]
        found.append(_error_uri(values.get("ERROR_URI", "")))
        found += [_choice(f.name, values[f.name], f.metadata["choices"]) for f in fields(declared) if f.name in values]
    return [problem for problem in found if problem]


def _type(name: str, hint: Any, value: Any) -> str:
    if get_origin(hint) is list:
        (item,) = get_args(hint)
        good = isinstance(value, (list, tuple)) and all(isinstance(v, item) for v in value)
        return "" if good else f"{name} must be a list of {item.__name__}"
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        return f"{name} must be of type {hint.__name__}"
    if hint is int and value < 0:
        return f"{name} must not be negative"
    return ""


def _network(network: str) -> str:
    try:
        ipaddress.ip_network(network, strict=False)
    except ValueError:
        return f"TRUSTED_PROXIES names {network!r}, which is no network"
    return ""


def _choice(name: str, value: str, known: tuple[str, ...]) -> str:
    return f"{name} must be one of {', '.join(known)}" if known and value not in known else ""


def _error_uri(value: str) -> str:
    # RFC 6749 §5.2: no space, no quote; the error is its fragment
    is_good = not value or re.fullmatch(r"https?://[!$-.0-;=?-\[\]_a-z~/]+", value, re.ASCII)
    return "" if is_good else "ERROR_URI must be the address of a page, without a fragment"


def _acr(value: str) -> str:
    # OpenID Connect Core 1.0 §3.1.2.1: acr_values are separated by spaces
    return "" if value and not any(map(str.isspace, value)) else "ACR_VALUES holds an empty value, or one with a space"
