"""`jwk`: RFC 7517, the keys with which a project signs. Only their public halves are ever shown."""

import click
from django.db import transaction

from oauth_server import audit, clock
from oauth_server.audit import Event
from oauth_server.cli import options, projects
from oauth_server.cli.options import Refused
from oauth_server.cli.output import Output, Row, output
from oauth_server.deeds import key as key_deed
from oauth_server.keys import jose, rotation, store
from oauth_server.models import Issuer, SigningKey

HEADINGS = ("KEY ID", "ALGORITHM", "USE", "STATE")
State = SigningKey.State


def row(key: SigningKey) -> Row:
    shown = (key.kid, key.algorithm, "sig", key.state)
    return Row(key.kid, tuple(zip(HEADINGS, shown, strict=True)), {**key.public, "state": key.state})


@click.command()
@click.option("--algorithm", type=click.Choice(jose.ALGORITHMS), required=True, help="What to sign with.")
@options.project
@output
def create(out: Output, project: str | None, algorithm: str) -> None:
    """Make the first keys of an algorithm: one that signs now, one that is published for later."""
    issuer = projects.choose(project)
    with transaction.atomic():
        made = [
            _make(issuer, algorithm, state)
            for state in (State.ACTIVE, State.NEXT)
            if not _has(issuer, algorithm, state)
        ]
    if not made:
        raise Refused(f"There are {algorithm} keys already. `rotate keys` puts new ones in their place.")
    out.many([row(key) for key in made], HEADINGS)


def _has(issuer: Issuer, algorithm: str, state: str) -> bool:
    return issuer.keys.filter(algorithm=algorithm, state=state).exists()


def _make(issuer: Issuer, algorithm: str, state: str) -> SigningKey:
    key = store.make(issuer, algorithm, state)
    key.activated = clock.now() if state == State.ACTIVE else None
    key.save()
    audit.record(Event.KEY_CREATED, issuer=issuer, target=key.kid)
    return key


def find(kid: str, project: str | None) -> SigningKey:
    found = SigningKey.objects.select_related("issuer").filter(kid=kid).first()
    issuer = projects.given(project)
    if found is None or (issuer is not None and found.issuer_id != issuer.pk):
        raise Refused(f"There is no key {kid}.")
    return found


@click.command()
@click.argument("kid", metavar="KEY_ID")
@options.project
@output
def get(out: Output, project: str | None, kid: str) -> None:
    """Show a public key."""
    out.one(row(find(kid, project)))


@click.command("list")
@options.project
@output
def list_(out: Output, project: str | None) -> None:
    """List the keys that are published."""
    keys = projects.choose(project).keys.exclude(state__in=(State.GONE, State.REVOKED)).order_by("id")
    out.many([row(key) for key in keys], HEADINGS)


@click.command()
@click.argument("kids", metavar="KEY_ID...", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Also the key that signs now; the next one takes its place.")
@options.project
@output
def delete(out: Output, project: str | None, kids: tuple[str, ...], force: bool) -> None:
    """Take keys out of use at once: what they signed is no longer valid."""
    found = [find(kid, project) for kid in kids]
    active = [key.kid for key in found if key.state == State.ACTIVE]
    if active and not force:
        raise Refused(f"{active[0]} signs now. `rotate keys` retires it in peace; --force ends it at once.")
    for key in found:
        key_deed.revoke(key)
    out.ids(kids)


@click.command()
@click.option("--algorithm", type=click.Choice(jose.ALGORITHMS), help="Only the keys of this algorithm.")
@click.option("--force", is_flag=True, help="Do not wait until clients can know the next key.")
@options.project
@output
def rotate(out: Output, project: str | None, algorithm: str | None, force: bool) -> None:
    """Put the next keys in the place of the active ones; what the old ones signed stays valid."""
    issuer = projects.choose(project)
    active = issuer.keys.filter(state=State.ACTIVE).order_by("algorithm").values_list("algorithm", flat=True)
    algorithms = [algorithm] if algorithm else list(active)
    try:
        with transaction.atomic():
            rotated = [key_deed.rotate(issuer, name, force=force) for name in algorithms]
    except rotation.NotPublishedLongEnough as error:
        raise Refused(
            f"The next {error} key is not published long enough: clients may not know it. --force does it all the same."
        ) from error
    out.many([row(key) for key in rotated], HEADINGS)
