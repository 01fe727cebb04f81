"""Rows for our server: `python -m bench.seed_ours CODES REFRESH_TOKENS` prints what a client has to know as JSON."""

import json
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402

from bench.captured import capture  # noqa: E402
from bench.cases import AUDIENCE, CALLBACK, CHALLENGE  # noqa: E402
from oauth_server import clock, digest, issuers, models  # noqa: E402
from oauth_server.client_auth import secret  # noqa: E402
from oauth_server.digest import Kind  # noqa: E402
from oauth_server.policy import people  # noqa: E402
from oauth_server.tokens import opaque  # noqa: E402

NOW = clock.now()
LATER = NOW + timedelta(days=1)
SCOPE = "openid email offline_access"


def client(name: str, grant_types: list[str], **more: Any) -> tuple[models.Client, dict[str, str]]:
    issuer = issuers.first()
    row = models.Client.objects.create(issuer=issuer, name=name, grant_types=grant_types, **more)
    row.scopes.set(issuer.scopes.all())
    return row, {"id": row.client_id, "secret": secret.issue(row)}


def families(app: models.Client, session: models.Session, count: int) -> list[models.Authorization]:
    return models.Authorization.objects.bulk_create(
        models.Authorization(
            client=app,
            user=session.user,
            sub=str(session.user.pk),
            scope=SCOPE,
            audiences=[app.issuer.identifier],
            session=session,
            auth_time=session.auth_time,
            amr=["pwd"],
            created=NOW,
            expires_at=LATER,
        )
        for _ in range(count)
    )


def of_family(family: models.Authorization) -> dict[str, Any]:
    return {
        "application": family.client,
        "authorization": family,
        "scope": family.scope,
        "resource": family.audiences,
        "created": NOW,
        "expires": LATER,
    }


def add_codes(app: models.Client, session: models.Session, count: int) -> list[str]:
    values = [opaque.make(opaque.AUTHORIZATION_CODE, LATER) for _ in range(count)]
    models.AuthorizationCode.objects.bulk_create(
        models.AuthorizationCode(
            code=digest.digest(Kind.AUTHORIZATION_CODE, value),
            redirect_uri=CALLBACK,
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
            **of_family(family),
        )
        for value, family in zip(values, families(app, session, count), strict=True)
    )
    return values


def add_refresh_tokens(app: models.Client, session: models.Session, count: int) -> list[str]:
    values = [opaque.make(opaque.REFRESH_TOKEN, LATER) for _ in range(count)]
    models.RefreshToken.objects.bulk_create(
        models.RefreshToken(
            token_checksum=digest.digest(Kind.REFRESH_TOKEN, value), user=session.user, **of_family(family)
        )
        for value, family in zip(values, families(app, session, count), strict=True)
    )
    return values


def main(codes: int, refresh_tokens: int) -> dict[str, Any]:
    issuer = issuers.first()
    user = User.objects.create_user("ada", "ada@example.org")
    api = models.Audience.objects.create(
        issuer=issuer, identifier=AUDIENCE, name="API", token_format=models.Audience.TokenFormat.JWT
    )
    _, machine = client("machine", ["client_credentials"])
    row, machine_jwt = client("machine with JWTs", ["client_credentials"])
    row.audiences.set([api])
    app, web = client("web", ["authorization_code", "refresh_token"], redirect_uris=CALLBACK, skip_authorization=True)
    session = models.Session.objects.create(
        issuer=issuer, user=user, auth_time=NOW, amr=["pwd"], auth_hash=people.auth_hash(user), expires=LATER
    )
    value = opaque.make(opaque.ACCESS_TOKEN, LATER)
    models.AccessToken.objects.create(
        token_checksum=digest.digest(Kind.ACCESS_TOKEN, value), user=user, **of_family(families(app, session, 1)[0])
    )
    seed = {
        "clients": ["machine", "machine_jwt", "web"],
        "machine": machine,
        "machine_jwt": machine_jwt,
        "web": web,
        "access_token": value,
        "codes": add_codes(app, session, codes + 2),
        "refresh_tokens": add_refresh_tokens(app, session, refresh_tokens + 2),
    }
    return {**seed, "captured": capture(seed)}


if __name__ == "__main__":
    json.dump(main(int(sys.argv[1]), int(sys.argv[2])), sys.stdout)
