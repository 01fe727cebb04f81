"""An issuer that is deleted and made again under its old name is another one, at once and on every endpoint."""

import pytest

from oauth_server.models import Client
from tests.factories import ClientFactory, IssuerFactory
from tests.flows import App


@pytest.mark.django_db
@pytest.mark.seed("S-52")
@pytest.mark.spec("RFC 8414", "2")
def test_the_clients_of_the_new_one_are_served_and_those_of_the_old_one_are_not() -> None:
    old = ClientFactory(issuer=IssuerFactory(slug="again"))
    before = App(old, old.clear)
    token = before.client_credentials().json()["access_token"]
    Client.objects.filter(pk=old.pk).delete()
    old.issuer.scopes.all().delete()
    old.issuer.delete()
    new = ClientFactory(issuer=IssuerFactory(slug="again"))
    after = App(new, new.clear)
    assert before.client_credentials().status_code == 401
    answer = after.client_credentials()
    assert answer.status_code == 200, answer.content
    assert after.is_active(answer.json()["access_token"])
    assert not after.is_active(token)
    assert after.revoke(answer.json()["access_token"]).status_code == 200
