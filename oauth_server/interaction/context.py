"""Who is signed in on this browser, since when and how; and the `Session` row that says so at one issuer.

A session is live only while `request.user`, our key in Django's session data, and the row agree: a password change elsewhere or an
expiry ends Django's session without a signal.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.contrib.auth import REDIRECT_FIELD_NAME, get_user_model
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.authorization.request import AuthorizationRequest
from oauth_server.claims import acr as level
from oauth_server.models import Interaction, Issuer, Session
from oauth_server.policy import people
from oauth_server.tokens import revoke

KEY = "_oauth_server"
NEXT = REDIRECT_FIELD_NAME
# In `Interaction.settled`: the person who was chosen for it, of several on one browser
CHOSEN = "chosen"
# "Last seen" is no more exact than this
_SEEN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in at this issuer."""

    user: Any
    session: Session

    @property
    def auth_time(self) -> datetime:
        return self.session.auth_time


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in on this browser beside the one who is using it, and the Django session that says so."""

    user: Any
    store: SessionBase


# An app that lets several people be signed in on one browser adds what knows them, from `AppConfig.ready()`
OTHERS: list[Callable[[HttpRequest], list[SignedIn]]] = []


def others(request: HttpRequest) -> list[SignedIn]:
    return [one for known in OTHERS for one in known(request)]


@dataclass(frozen=True, slots=True)
class Context:
    """What a step decides on. `interaction` is None until a page is needed; `resume_url` is a path, empty until then."""

    request: HttpRequest
    asked: AuthorizationRequest
    person: Person | None
    interaction: Interaction | None = None
    resume_url: str = ""

    @property
    def is_fresh(self) -> bool:
        """Whether the person signed in after this request came."""
        return (
            self.person is not None
            and self.interaction is not None
            and self.person.auth_time >= self.interaction.created
        )

    @property
    def is_chosen(self) -> bool:
        """Whether the person was chosen for this request, of those who are signed in on this browser."""
        row, person = self.interaction, self.person
        return row is not None and person is not None and row.settled.get(CHOSEN) == str(person.user.pk)


def record_sign_in(
    request: HttpRequest, user: Any, amr: tuple[str, ...] = (), acr: str = "", auth_time: datetime | None = None
) -> None:
    """Called when somebody signed in, or proved again that it is they.

    `amr`: RFC 8176 names, empty when not known. `acr`: one of ACR_VALUES; empty: the first.
    """
    when, acr = auth_time or clock.now(), acr or level.lowest()
    live = Session.objects.filter(pk__in=_sessions(request, user).values(), ended_at=None, expires__gt=clock.now())
    live.update(auth_time=when, amr=list(amr), acr=acr)
    request.session[KEY] = {
        "user": str(user.pk),
        "auth_time": when.timestamp(),
        "amr": list(amr),
        "acr": acr,
        # names the sessions that this sign-in will bring; two first requests at once make the same one
        "seed": secrets.token_urlsafe(),
        # Session Management 1.0 §3.2: what a page may see of a sign-in
        "browser_state": secrets.token_urlsafe(16),
        # one that an operator ended stays ended: a new one is made in its place
        "sessions": {str(issuer): str(pk) for issuer, pk in live.values_list("issuer", "pk")},
    }


def person(request: HttpRequest, issuer: Issuer) -> Person | None:
    """The person who is signed in, with the session at this issuer, which is made here when there is none yet."""
    user: Any = request.user
    if not user.is_authenticated or not people.may_use(user, issuer):
        return None
    if request.session.get(KEY, {}).get("user") != str(user.pk):
        # signed in before this app was installed, or by a backend that sends no signal
        record_sign_in(request, user, auth_time=getattr(user, "last_login", None))
    return _person(request, user, request.session, issuer)


def other_person(request: HttpRequest, one: SignedIn, issuer: Issuer) -> Person | None:
    """The same for somebody who is signed in beside."""
    if not people.may_use(one.user, issuer) or one.store.get(KEY, {}).get("user") != str(one.user.pk):
        return None
    found = _person(request, one.user, one.store, issuer)
    if one.store.modified:
        one.store.save()
    return found


def _person(request: HttpRequest, user: Any, store: SessionBase, issuer: Issuer) -> Person | None:
    data = store[KEY]
    key = data["sessions"].get(str(issuer.pk))
    session = Session.objects.filter(pk=key, user=user.pk).first() if key else None
    if session is None or not (_is_over(session) or people.has_auth_hash(user, session.auth_hash)):
        session = _start(request, user, issuer, store)
    if _is_over(session):
        return None
    saw([session])
    session.issuer = issuer
    return Person(user, session)


def saw(sessions: list[Session]) -> None:
    """Their browser was here. Written now and then, so that most requests cost nothing."""
    now = clock.now()
    due = [session.pk for session in sessions if session.last_seen < now - _SEEN]
    if due:
        Session.objects.filter(pk__in=due).update(last_seen=now)


def is_named(user: Any, hint: str) -> bool:
    """OpenID Connect Core 1.0 §3.1.2.1 login_hint: whether it is the address or the log-in name of this person."""
    names = {user.get_username(), getattr(user, get_user_model().get_email_field_name(), "")}
    return bool(hint.strip()) and hint.strip().lower() in {str(name or "").lower() for name in names}


def _is_over(session: Session) -> bool:
    return session.ended_at is not None or session.expires <= clock.now()


def browser_state(request: HttpRequest) -> str:
    """A random value that changes with each sign-in; empty when nobody is signed in."""
    return str(request.session.get(KEY, {}).get("browser_state", ""))


def session_keys(store: SessionBase) -> list[str]:
    """The ids of the sessions that a Django session has brought."""
    return list(store.get(KEY, {}).get("sessions", {}).values())


def live_sessions(store: SessionBase) -> list[Session]:
    """The live sessions that a Django session has brought, for sign-out to end."""
    keys = session_keys(store)
    return list(Session.objects.select_related("issuer").filter(pk__in=keys, ended_at=None)) if keys else []


def end_other(one: SignedIn) -> None:
    """Sign somebody out who is signed in beside the one who is using this browser."""
    for session in live_sessions(one.store):
        revoke.session(session, "signed out")
    one.store.flush()


def _sessions(request: HttpRequest, user: Any) -> dict[str, str]:
    """Session by issuer, if they are this person's."""
    data = request.session.get(KEY, {})
    return dict(data["sessions"]) if data.get("user") == str(user.pk) else {}


def begin(request: HttpRequest, user: Any, issuer: Issuer, key: UUID, *, for_once: bool) -> None:
    """A session under a key that was told before. `for_once`: Django's session ends with the request that it was made for."""
    request.session[KEY] = {**request.session[KEY], "for_once": for_once}
    _start(request, user, issuer, request.session, key)


def is_for_once(request: HttpRequest) -> bool:
    return bool(request.session.get(KEY, {}).get("for_once"))


def leave(request: HttpRequest) -> None:
    """The request is answered: whoever signed in for it alone is a stranger again, and what they allowed stays."""
    if is_for_once(request):
        request.session.flush()


def _start(request: HttpRequest, user: Any, issuer: Issuer, store: SessionBase, key: UUID | None = None) -> Session:
    data = store[KEY]
    origin, auth_hash = audit.current(), people.auth_hash(user)
    name = f"{data.get('seed') or secrets.token_urlsafe()} {issuer.pk} {auth_hash}"
    session, is_new = Session.objects.get_or_create(
        pk=key or UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4),
        defaults={
            "issuer": issuer,
            "user": user,
            "auth_time": datetime.fromtimestamp(data["auth_time"], UTC),
            "amr": data["amr"],
            "acr": data["acr"],
            "auth_hash": auth_hash,
            "user_agent": request.headers.get("user-agent", "")[:300],
            "address": origin.address or None,
            "last_seen": clock.now(),
            "expires": clock.now() + timedelta(seconds=django_settings.SESSION_COOKIE_AGE),
        },
    )
    if is_new:
        audit.record(Event.PERSON_SIGNED_IN, issuer=issuer, user_id=user.pk, target=session.pk)
    store[KEY] = {**data, "sessions": {**data["sessions"], str(issuer.pk): str(session.pk)}}
    return session
