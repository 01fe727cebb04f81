"""A copy of an issuer that is not there any more."""

from typing import Any

import pytest

from oauth_server import issuers
from oauth_server.models import Issuer
from tests import factories
from tests.flows import Browser, parameters

pytestmark = pytest.mark.django_db


@pytest.mark.threat(106)
def test_an_issuer_that_was_made_again_under_its_name_is_found_at_once(signed_in: Browser, visitor: Any):
    before = issuers.for_request("testserver", "")
    Issuer.objects.filter(pk=before.pk).delete()
    again = issuers.create("Again")
    assert again.identifier == before.identifier
    assert again.pk != before.pk
    app = factories.app()
    assert app.row.issuer_id == again.pk
    assert "code" in parameters(app.authorize(signed_in))
