"""A database as large as a big site's, by COPY: `python -m bench.seed_scale ACCESS REFRESH PEOPLE CLIENTS` prints a seed as JSON.

Every row is one that our own code stored, with other keys; so new columns are filled too. A twentieth more access tokens have expired.
"""

import json
import os
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bench import seed_ours  # isort: skip

from django.contrib.auth.models import User
from django.db import connection

from oauth_server import digest, issuers, models
from oauth_server.digest import Kind
from oauth_server.tokens import opaque

NOW, LATER = seed_ours.NOW, seed_ours.LATER
# so many of the live access tokens are known by their values, and are introspected
KNOWN = 20_000
CHUNK = 5_000
EXPIRED = 20


def _copy(table: str, of: str, count: int, rows: Iterator[dict[str, str]]) -> None:
    """Rows like the one whose key is `of`, but for what `rows` says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
        listed = ", ".join(f'"{name}"::text' for name in columns)
        cursor.execute(f'SELECT {listed} FROM "{table}" WHERE id::text = %s', [of])
        like = dict(zip(columns, cursor.fetchone(), strict=True))
        begin, indexes = _without_indexes(cursor, table)
        columns = [name for name in columns if name != "id" or begin is None]
        like = {name: "\\N" if like[name] is None else like[name] for name in columns}
        names = ", ".join(f'"{name}"' for name in columns)
        with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            lines = []
            for row in rows:
                lines.append("\t".join({**like, **row}.values()))
                if len(lines) == CHUNK:
                    copy.write("\n".join(lines) + "\n")
                    lines = []
            copy.write("".join(line + "\n" for line in lines))
        for statement in indexes:
            cursor.execute(statement)
    print(f"{table}: {count:,}", file=sys.stderr, flush=True)


def _without_indexes(cursor: Any, table: str) -> tuple[str | None, list[str]]:
    """Drop all indexes but the primary key's, for the time of the COPY; whether the key counts by itself, and how to make them again."""
    cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [f'"{table}"'])
    (sequence,) = cursor.fetchone()
    cursor.execute(
        "SELECT c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.conrelid = %s::regclass AND c.contype = 'u'",
        [f'"{table}"'],
    )
    constraints = cursor.fetchall()
    cursor.execute(
        "SELECT i.relname, pg_get_indexdef(x.indexrelid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
        "WHERE x.indrelid = %s::regclass AND NOT x.indisprimary AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.oid)",
        [f'"{table}"'],
    )
    indexes = cursor.fetchall()
    for name, _ in constraints:
        cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    again = [f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}' for name, definition in constraints]
    return sequence, [*again, *(definition for _, definition in indexes)]


def main(access: int, refresh: int, people: int, clients: int) -> dict[str, Any]:
    seed = seed_ours.main(2, 2)
    issuer = issuers.first()
    app = models.Client.objects.get(client_id=seed["web"]["id"])
    token = models.AccessToken.objects.exclude(user=None).order_by("id")[0]
    family = token.authorization
    refresh_token = models.RefreshToken.objects.filter(used_at=None).order_by("id")[0]
    models.Client.objects.bulk_create(
        models.Client(issuer=issuer, name=f"client {number}") for number in range(clients)
    )
    with connection.cursor() as cursor:
        # the run may wait for the disk, but its sorting need not
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET synchronous_commit = off")
    every = list(models.Client.objects.values_list("pk", flat=True))
    user = User.objects.get()
    _copy("auth_user", str(user.pk), people, ({"username": f"person{number}"} for number in range(people)))
    persons = list(User.objects.values_list("pk", flat=True))
    families = [(str(uuid.uuid4()), str(every[n % len(every)]), str(persons[n % len(persons)])) for n in range(refresh)]

    def hanging_on(number: int) -> dict[str, str]:
        key, client, person = families[number % refresh]
        return {"authorization_id": key, "application_id": client, "user_id": person}

    _copy(
        models.Authorization._meta.db_table,
        str(family.pk),
        refresh,
        ({"id": key, "client_id": client, "user_id": person, "sub": person} for key, client, person in families),
    )
    _copy(
        models.RefreshToken._meta.db_table,
        str(refresh_token.pk),
        refresh,
        ({"token_checksum": os.urandom(32).hex(), **hanging_on(number)} for number in range(refresh)),
    )
    step, known = max(1, access // KNOWN), []

    def access_tokens() -> Iterator[dict[str, str]]:
        for number in range(access):
            row = hanging_on(number)
            row["token_checksum"] = os.urandom(32).hex()
            if number % step == 0:
                value = opaque.make(opaque.ACCESS_TOKEN, LATER)
                known.append(value)
                row |= {"token_checksum": digest.digest(Kind.ACCESS_TOKEN, value), "application_id": str(app.pk)}
            yield row
        for number in range(access // EXPIRED):
            expires = NOW - timedelta(seconds=1 + number % 600_000)
            yield {"token_checksum": os.urandom(32).hex(), "expires": expires.isoformat(), **hanging_on(number)}

    _copy(models.AccessToken._meta.db_table, str(token.pk), access + access // EXPIRED, access_tokens())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {**seed, "known": known}


if __name__ == "__main__":
    json.dump(main(*map(int, sys.argv[1:5])), sys.stdout)
