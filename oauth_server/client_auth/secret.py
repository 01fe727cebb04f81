"""RFC 6749 §2.3.1 client secrets: generated ones as keyed digests, chosen ones as a hash of Django's hashers."""

import hmac
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache

from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext as _

from oauth_server import clock, counters, digest, limits, seal
from oauth_server.conf import settings
from oauth_server.copies import Copies
from oauth_server.digest import Kind
from oauth_server.models import Client, ClientSecret
from oauth_server.models.client_secret import PURPOSE
from oauth_server.tokens import opaque

MIN_LENGTH = 16
GENERATED_LENGTH = 32
_HINT = 4
# the attribute under which a copy of a client brings its secrets along
KEPT = "kept_secrets"
_DIGEST = ClientSecret.Kind.DIGEST
_PROCESS_KEY = os.urandom(32)
_proven: Copies[tuple[int, int], set[bytes]] = Copies()


def issue(client: Client, *, name: str = "", expires: datetime | None = None) -> str:
    """Make and store a secret; its clear value exists in the answer alone."""
    value = opaque.make(opaque.CLIENT_SECRET, expires)
    ClientSecret.objects.create(
        client=client,
        name=name,
        kind=ClientSecret.Kind.DIGEST,
        verifier=digest.digest(Kind.CLIENT_SECRET, value),
        sealed=_sealed(client, value),
        hint=value[-_HINT:],
        expires=expires,
    )
    return value


def _sealed(client: Client, value: str) -> str:
    """The value itself, for the one method that computes with it."""
    return seal.seal(PURPOSE, value.encode()) if client.token_endpoint_auth_method == "client_secret_jwt" else ""


def readable(client: Client, now: datetime) -> list[str]:
    """The live secrets of a client of client_secret_jwt; one that was made for another method is not among them."""
    found = []
    for row in _secrets(client):
        if row.sealed and row.is_live(now):
            with suppress(seal.Unreadable):
                found.append(seal.unseal(PURPOSE, row.sealed).decode())
    return found


def choose(client: Client, value: str, *, name: str = "", expires: datetime | None = None) -> None:
    """Store a secret that a person chose. Raises `ValueError` with the reason when it is too easy."""
    reason = weakness(client.client_id, value)
    if reason:
        raise ValueError(reason)
    ClientSecret.objects.create(
        client=client,
        name=name,
        kind=ClientSecret.Kind.HASH,
        verifier=make_password(value),
        sealed=_sealed(client, value),
        expires=expires,
    )


def weakness(client_id: str, value: str) -> str:
    """Why a chosen secret is not acceptable; empty when it is."""
    if len(value) < MIN_LENGTH:
        return _("A chosen secret has at least %(least)d characters.") % {"least": MIN_LENGTH}
    if value == client_id or len(set(value)) < MIN_LENGTH // 2:
        return _("This secret can be guessed.")
    return ""


def verify(client: Client, presented: str, address: str) -> bool:
    """Whether the value is one of the client's live secrets. Raises `limits.TooManyAttempts` where a chosen one may be guessed."""
    fast: list[ClientSecret] = []
    slow: list[ClientSecret] = []
    for row in _secrets(client):
        if row.expires is not None and not row.is_live(clock.now()):
            continue
        if row.kind == _DIGEST:
            fast.append(row)
        else:
            slow.append(row)
    candidates = digest.candidates(Kind.CLIENT_SECRET, presented)
    if digest.is_among(candidates, [row.verifier for row in fast]):
        _note_use(fast, candidates)
        _renew_former(fast, presented)
        return True
    return bool(slow) and _verify_slow(client, presented, address, slow)


def only(client: Client) -> ClientSecret | None:
    """The client's secret, if it has one and no more."""
    rows = list(_secrets(client))
    return rows[0] if len(rows) == 1 else None


def _secrets(client: Client) -> Iterable[ClientSecret]:
    """Those that came along with a copy as they are: `all()` would make a manager and a query for every request."""
    kept: list[ClientSecret] | None = client.__dict__.get(KEPT)
    return client.secrets.all() if kept is None else kept


def _verify_slow(client: Client, presented: str, address: str, rows: list[ClientSecret]) -> bool:
    """A slow hash runs once per process and version of the client: afterwards a fast one of the same value is remembered."""
    mark = hmac.digest(_PROCESS_KEY, presented.encode("utf-8", "surrogatepass"), "sha256")
    proven = _proven.get((client.pk, client.version), set)
    if mark in proven:
        if len(rows) == 1:
            counters.used(rows[0].pk)
        return True
    # counted before it is tried: parallel guesses do not get around the limit, and the hash costs time
    limits.take(settings.CLIENT_SECRET_FAILURES, "slow", client.client_id, address)
    found = next((row for row in rows if check_password(presented, row.verifier)), None)
    if found is None:
        return False
    limits.clear("slow", client.client_id, address)
    counters.used(found.pk)
    if is_generated(presented):
        _renew(found, presented)
    elif all(row.expires is None for row in rows):
        proven.add(mark)
    return True


def why_not(client: Client, presented: str) -> str:
    """For the audit log: what the operator or the client's developer has got wrong. Reads no more than is at hand."""
    rows, now = list(_secrets(client)), clock.now()
    if client.is_public:
        return "the client is public: it has no secret to send, its client_id alone is expected"
    if not client.has_secret:
        return f"the client has no secret: it authenticates itself by {client.token_endpoint_auth_method}"
    if not presented:
        return "the secret is missing or empty"
    if _is_stored_form(rows, presented):
        return "the value sent is a stored digest, not the secret, which was shown once when it was made"
    live = [row for row in rows if row.is_live(now)]
    over = [row for row in rows if row not in live and row.expires is not None]
    values = digest.candidates(Kind.CLIENT_SECRET, presented)
    for row in over:
        if digest.is_among(values, [row.verifier]):
            return f"the secret {row} expired on {row.expires:%Y-%m-%d %H:%M} UTC"
    if not live:
        return "every secret of the client has expired" if over else "the client has no secret yet"
    rotated = max(row.created for row in live)
    return f"secret did not match, last rotated {rotated:%Y-%m-%d %H:%M} UTC"


def _is_stored_form(rows: list[ClientSecret], presented: str) -> bool:
    """What a database or an export holds in the place of a secret."""
    algorithm, separator, _rest = presented.partition("$")
    is_hash = bool(separator) and algorithm in {"pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "scrypt"}
    return is_hash or presented in {row.verifier for row in rows}


def is_generated(value: str) -> bool:
    """Whether nobody can have thought of it, so that a keyed digest keeps it as well as a slow hash does."""
    return len(value) >= GENERATED_LENGTH and len(set(value)) >= GENERATED_LENGTH // 3


def _note_use(rows: list[ClientSecret], candidates: list[digest.TokenDigest]) -> None:
    for row in rows:
        if len(rows) == 1 or digest.is_among(candidates, [row.verifier]):
            counters.used(row.pk)


def is_own(client: Client, value: str) -> bool:
    """Whether the value is one of the client's generated secrets that are valid now. It counts as no use."""
    now = clock.now()
    rows = client.secrets.filter(kind=_DIGEST)
    return digest.is_among(
        digest.candidates(Kind.CLIENT_SECRET, value), [row.verifier for row in rows if row.is_live(now)]
    )


def _renew_former(rows: list[ClientSecret], presented: str) -> None:
    """A digest under a former key is made anew with the value at hand, so that the key can go one day."""
    first = digest.first_key()
    for row in rows:
        if row.digest_key != first and digest.matches(Kind.CLIENT_SECRET, presented, row.verifier):
            _renew(row, presented)


def _renew(row: ClientSecret, presented: str) -> None:
    """Put a digest under the first key in the place of a slow hash, or of one under a former key; the copy of the client is stale then."""
    unchanged = ClientSecret.objects.filter(pk=row.pk, kind=row.kind, verifier=row.verifier)
    unchanged.update(
        kind=ClientSecret.Kind.DIGEST,
        verifier=digest.digest(Kind.CLIENT_SECRET, presented),
        digest_key=digest.first_key(),
        hint=presented[-_HINT:],
    )


@cache
def _nobody() -> Client:
    client = Client(token_endpoint_auth_method="client_secret_basic")
    never = ClientSecret(client=client, kind=_DIGEST, verifier="0" * 64, created=datetime.min.replace(tzinfo=UTC))
    client.__dict__[KEPT] = [never]
    return client


def waste(presented: str) -> None:
    """The work of refusing one secret, for a client that does not exist: the answer takes as long."""
    verify(_nobody(), presented, "")
    why_not(_nobody(), presented)
