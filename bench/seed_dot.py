"""Rows for django-oauth-toolkit: `python -m bench.seed_dot CODES REFRESH_TOKENS` prints what a client has to know as JSON."""

import json
import secrets
import sys
import uuid
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.utils import timezone  # noqa: E402
from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken  # noqa: E402

from bench.cases import CALLBACK, CHALLENGE  # noqa: E402

LATER = timezone.now() + timedelta(days=1)


def application(name: str, grant_type: str, user: User, **more: Any) -> tuple[Application, dict[str, str]]:
    secret = secrets.token_urlsafe(32)
    row = Application.objects.create(
        name=name,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=grant_type,
        client_secret=secret,
        user=user,
        **more,
    )
    return row, {"id": row.client_id, "secret": secret}


def main(codes: int, refresh_tokens: int) -> dict[str, Any]:
    user = User.objects.create_user("ada", "ada@example.org")
    _, machine = application("machine", Application.GRANT_CLIENT_CREDENTIALS, user)
    app, web = application(
        "web", Application.GRANT_AUTHORIZATION_CODE, user, redirect_uris=CALLBACK, algorithm=Application.RS256_ALGORITHM
    )
    values = [secrets.token_urlsafe(32) for _ in range(codes)]
    Grant.objects.bulk_create(
        Grant(
            user=user,
            code=value,
            application=app,
            expires=LATER,
            redirect_uri=CALLBACK,
            scope="openid email",
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
        )
        for value in values
    )

    def access_token() -> AccessToken:
        return AccessToken(
            user=user, token=secrets.token_urlsafe(32), application=app, expires=LATER, scope="openid email"
        )

    own = access_token()
    own.save()
    accesses = AccessToken.objects.bulk_create(access_token() for _ in range(refresh_tokens))
    refreshes = [secrets.token_urlsafe(32) for _ in accesses]
    RefreshToken.objects.bulk_create(
        RefreshToken(user=user, token=value, application=app, access_token=access, token_family=uuid.uuid4())
        for value, access in zip(refreshes, accesses, strict=True)
    )
    return {
        "machine": machine,
        "web": web,
        "access_token": own.token,
        "codes": values,
        "refresh_tokens": refreshes,
    }


if __name__ == "__main__":
    json.dump(main(int(sys.argv[1]), int(sys.argv[2])), sys.stdout)
