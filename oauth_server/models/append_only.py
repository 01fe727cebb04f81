"""Triggers that keep the audit log: nobody changes, removes or truncates its events, whatever they are written with.

The one exception is a door: a row of `AuditDoor`, made and removed inside the transaction that it lets through. Events older than its
time may be removed, or lose their address, nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, transaction

from oauth_server.models.audit_door import AuditDoor
from oauth_server.models.audit_event import AuditEvent
from oauth_server.models.triggers import Triggers

_PREFIX = "oauth_server_audit_"
_MESSAGE = "audit events are append-only"
TABLE = AuditEvent._meta.db_table
_DOOR = AuditDoor._meta.db_table


@contextmanager
def door(until: datetime, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """A transaction in which events older than `until` may go."""
    with transaction.atomic(using=using):
        row = AuditDoor.objects.using(using).create(until=until)
        yield
        row.delete()


def _statements(vendor: str) -> Iterator[str]:
    is_open = f'EXISTS (SELECT 1 FROM "{_DOOR}" WHERE until > OLD.at)'
    if vendor == "sqlite":
        columns = [field.column for field in AuditEvent._meta.concrete_fields if field.name != "address"]
        same = " AND ".join(f'NEW."{column}" IS OLD."{column}"' for column in columns)
        refuse = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        yield (
            f'CREATE TRIGGER "{_PREFIX}update" BEFORE UPDATE ON "{TABLE}" '
            f"WHEN NOT ({is_open} AND NEW.address = '' AND {same}) {refuse}"
        )
        yield f'CREATE TRIGGER "{_PREFIX}delete" BEFORE DELETE ON "{TABLE}" WHEN NOT {is_open} {refuse}'
    elif vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE FUNCTION {_PREFIX}keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP <> 'TRUNCATE' AND {is_open} THEN "
            f"IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; "
            f"IF NEW.address = '' AND to_jsonb(NEW) - 'address' = to_jsonb(OLD) - 'address' THEN RETURN NEW; END IF; "
            f"END IF; RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        yield (
            f'CREATE TRIGGER "{_PREFIX}row" BEFORE UPDATE OR DELETE ON "{TABLE}" '
            f"FOR EACH ROW EXECUTE FUNCTION {_PREFIX}keep()"
        )
        yield (
            f'CREATE TRIGGER "{_PREFIX}truncate" BEFORE TRUNCATE ON "{TABLE}" '
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_PREFIX}keep()"
        )


TRIGGERS = Triggers(_PREFIX, _statements)
