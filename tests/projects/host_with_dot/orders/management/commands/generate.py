"""Fills the database through django-oauth-toolkit's models, as years of use would, and writes down every clear value."""

import json
import uuid
from datetime import timedelta
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.crypto import get_random_string
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import get_access_token_model, get_application_model, get_refresh_token_model

from orders.models import Integration

AccessToken, RefreshToken = get_access_token_model(), get_refresh_token_model()
APPLICATIONS = {
    # client id: type, grant, secret, hashed
    "web": ("confidential", "authorization-code", None, True),
    "mobile": ("public", "authorization-code", None, True),
    "machine": ("confidential", "client-credentials", None, True),
    "clear": ("confidential", "authorization-code", None, False),
    "short": ("confidential", "client-credentials", "hunter2 and more", True),
    "short-clear": ("confidential", "client-credentials", "hunter3 and more", False),
    "legacy": ("confidential", "password", None, True),
    "spa": ("public", "implicit", None, True),
    "hybrid": ("confidential", "openid-hybrid", None, True),
}
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("journal", type=Path)
        parser.add_argument("--rounds", type=int, default=12)

    def handle(self, *args, journal, rounds, **options):
        self.now = timezone.now()
        self.journal = {
            "secrets": {},
            "access": {"live": [], "dead": []},
            "refresh": {"live": [], "old": [], "dead": []},
        }
        self.access, self.refresh = [], []
        self.applications = {name: self.application(name, *given) for name, given in APPLICATIONS.items()}
        users = [get_user_model()(username=f"person{n}") for n in range(min(rounds, 100))]
        self.users = get_user_model().objects.bulk_create(users)
        # ids are given here, so that rows may point to each other before they are stored
        self.next_id = 1000
        for number in range(rounds):
            for step in STEPS:
                self.number = number
                step(self)
        sources = [(row, row.source_refresh_token_id) for row in self.access]
        for row, _ in sources:
            row.source_refresh_token_id = None
        AccessToken.objects.bulk_create(self.access, batch_size=500)
        RefreshToken.objects.bulk_create(self.refresh, batch_size=500)
        for row, source in sources:
            row.source_refresh_token_id = source
        AccessToken.objects.bulk_update(
            [row for row, source in sources if source], ["source_refresh_token"], batch_size=500
        )
        journal.write_text(json.dumps(self.journal))

    def application(self, name, client_type, grant, secret, hashed):
        secret = secret or generate_client_secret()
        row = get_application_model().objects.create(
            client_id=name,
            name=name.title(),
            client_type=client_type,
            authorization_grant_type=grant,
            client_secret=secret,
            hash_client_secret=hashed,
            redirect_uris=f"https://{name}.example/callback" + (" http://web.example/plain" if name == "web" else ""),
            skip_authorization=name == "web",
            algorithm="RS256" if name == "web" else "",
        )
        self.journal["secrets"][name] = secret if client_type == "confidential" else ""
        Integration.objects.create(application=row, note=f"of {name}")
        return row

    def id(self):
        self.next_id += 1
        return self.next_id

    def user(self):
        return self.users[self.number % len(self.users)]

    def token(self, client="web", expires=HOUR, *, alive=True, user=True, scope="openid read orders:read", **fields):
        value = get_random_string(30)
        owner = self.user() if user else None
        row = AccessToken(
            id=self.id(),
            user=owner,
            token=value,
            application=self.applications[client] if client else None,
            scope=scope,
            expires=self.now + expires,
            **fields,
        )
        self.access.append(row)
        entry = {"token": value, "client": client, "user": owner and owner.pk, "scope": scope}
        self.journal["access"]["live" if alive and expires > timedelta() else "dead"].append(entry)
        return row

    def refresher(self, kind, access_token, client="web", *, family=None, value="", **fields):
        value = value or get_random_string(30)
        row = RefreshToken(
            id=self.id(),
            user=self.user(),
            token=value,
            application=self.applications[client],
            access_token=access_token,
            token_family=family,
            **fields,
        )
        self.refresh.append(row)
        entry = {
            "token": value,
            "client": client,
            "user": self.user().pk,
            "access": access_token and access_token.token,
        }
        if kind:
            self.journal["refresh"][kind].append(entry)
        return row

    # what there is, a method each

    def fresh(self):
        for client in ("web", "mobile", "legacy", "hybrid"):
            self.refresher("live", self.token(client), client, family=uuid.uuid4())

    def away_for_a_week(self):
        self.refresher("live", self.token(expires=-timedelta(days=7)), family=uuid.uuid4())

    def refreshed_often(self):
        """DOT deletes the access token of a generation that is over."""
        family = uuid.uuid4()
        old = [self.refresher(None, None, family=family, revoked=self.now - (4 - n) * HOUR) for n in range(3)]
        access = self.token(source_refresh_token_id=old[-1].pk)
        live = self.refresher("live", access, family=family)
        for row in old:
            entry = {"token": row.token, "client": "web", "access": access.token, "successor": live.token}
            self.journal["refresh"]["old"].append(entry)

    def refreshed_without_family(self):
        """As rows were before 3.0."""
        old = self.refresher(None, None, revoked=self.now - HOUR)
        access = self.token(source_refresh_token_id=old.pk)
        live = self.refresher("live", access)
        entry = {"token": old.token, "client": "web", "access": access.token, "successor": live.token}
        self.journal["refresh"]["old"].append(entry)

    def signed_out(self):
        family = uuid.uuid4()
        self.refresher("dead", None, family=family, revoked=self.now - 2 * HOUR)
        self.refresher("dead", None, family=family, revoked=self.now - HOUR)

    def orphan(self):
        self.refresher("dead", None, family=uuid.uuid4())

    def away_for_too_long(self):
        self.refresher("dead", self.token(expires=-timedelta(days=31)), family=uuid.uuid4())

    def twice(self):
        family, value = uuid.uuid4(), get_random_string(30)
        self.refresher(None, None, family=family, value=value, revoked=self.now - HOUR)
        self.refresher("live", self.token(), family=family, value=value)

    def implicit(self):
        self.token("spa")
        self.token("spa", -HOUR)

    def machine(self):
        self.token("machine", user=False, scope="orders:read")
        self.token("machine", -HOUR, user=False, scope="orders:read")

    def long_lived(self):
        self.token("hybrid", 3 * YEAR, scope="openid")

    def remote(self):
        """An answer of another server, kept for a while: dead for this one."""
        value = get_random_string(30)
        fields = {"token": value, "scope": "orders:read", "expires": self.now + HOUR, "user": self.user()}
        self.access.append(AccessToken(id=self.id(), **fields))

    def for_one_api(self):
        access = self.token(resource=["http://testserver/drf"])
        self.refresher("live", access, family=uuid.uuid4(), resource=["http://testserver/drf"])


STEPS = (
    Command.fresh,
    Command.away_for_a_week,
    Command.refreshed_often,
    Command.refreshed_without_family,
    Command.signed_out,
    Command.orphan,
    Command.away_for_too_long,
    Command.twice,
    Command.implicit,
    Command.machine,
    Command.long_lived,
    Command.remote,
    Command.for_one_api,
)
