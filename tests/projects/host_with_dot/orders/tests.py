"""What the project relies on, asked of the real database with the tokens of a journal; the same before and after a takeover."""

import hashlib
import json
import os
import unittest
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from oauth2_provider.models import (  # noqa: E402
    get_access_token_model,
    get_application_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
)

from orders.models import Integration  # noqa: E402

JOURNAL = json.loads(Path(os.environ["JOURNAL"]).read_text())
REFUSED = {"/drf/": 401, "/decorated/": 403, "/view/": 403, "/view/scoped/": 403, "/middleware/": 401}
NAMES = (
    "authorize token revoke-token introspect user-info jwks-info oidc-connect-discovery-info authorized-token-list "
    "oauth-server-metadata"
).split()


def get(path, token):
    return Client().get(path, headers={"authorization": f"Bearer {token}"})


class Promises(unittest.TestCase):
    def test_every_live_token_opens_the_api(self):
        self.assertGreater(len(JOURNAL["access"]["live"]), 20)
        for entry in JOURNAL["access"]["live"]:
            response = get("/drf/", entry["token"])
            self.assertEqual(response.status_code, 200, entry)
            self.assertEqual(
                response.json(), {"user": entry["user"], "scope": entry["scope"], "client": entry["client"]}
            )

    def test_no_dead_token_opens_the_api(self):
        self.assertGreater(len(JOURNAL["access"]["dead"]), 20)
        for entry in JOURNAL["access"]["dead"]:
            self.assertEqual(get("/drf/", entry["token"]).status_code, 401, entry)

    def test_each_way_of_protection_takes_a_live_token_and_refuses_a_dead_one(self):
        live = next(entry for entry in JOURNAL["access"]["live"] if entry["user"])
        for path, refused in REFUSED.items():
            response = get(path, live["token"])
            self.assertEqual((response.status_code, response.json()["user"]), (200, live["user"]), path)
            for wrong in (JOURNAL["access"]["dead"][0]["token"], JOURNAL["refresh"]["live"][0]["token"], "x", "é"):
                self.assertEqual(get(path, wrong).status_code, refused, (path, wrong))
            self.assertEqual(Client().get(path).status_code, refused, path)
        self.assertEqual(get("/middleware/", live["token"]).json()["client"], live["client"])

    def test_a_scope_that_is_missing_is_missing(self):
        live = next(entry for entry in JOURNAL["access"]["live"] if "orders:write" not in entry["scope"])
        self.assertEqual(get("/drf/read-write/", live["token"]).status_code, 403)

    def test_the_models_answer(self):
        live = next(entry for entry in JOURNAL["access"]["live"] if entry["user"])
        checksum = hashlib.sha256(live["token"].encode()).hexdigest()
        row = get_access_token_model().objects.select_related("application", "user").get(token_checksum=checksum)
        self.assertTrue(row.is_valid(["orders:read"]))
        self.assertFalse(row.is_valid(["orders:delete"]))
        self.assertFalse(row.is_expired())
        self.assertEqual((row.user.pk, row.application.client_id), (live["user"], live["client"]))
        self.assertIn("orders:read", row.scopes)
        self.assertTrue(row.user.oauth2_provider_accesstoken.exists())
        application = get_application_model().objects.get(client_id="web")
        self.assertTrue(application.redirect_uri_allowed("https://web.example/callback"))
        self.assertFalse(application.redirect_uri_allowed("https://evil.example/callback"))
        self.assertTrue(application.allows_grant_type("authorization-code"))
        self.assertEqual((application.client_type, application.skip_authorization), ("confidential", True))
        self.assertTrue(get_refresh_token_model().objects.filter(application=application).exists())
        for model in (get_grant_model(), get_id_token_model()):
            self.assertEqual(model.objects.count(), 0)

    def test_what_belongs_to_a_client_still_does(self):
        for row in Integration.objects.select_related("application"):
            self.assertEqual(row.note, f"of {row.application.client_id}")
        self.assertEqual(Integration.objects.count(), get_application_model().objects.count())

    def test_the_names_of_the_addresses_lead_somewhere(self):
        for name in NAMES:
            self.assertTrue(reverse(f"oauth2_provider:{name}").startswith("/o/"), name)

    def test_cleartokens_leaves_what_lives(self):
        call_command("cleartokens", verbosity=0)
        for entry in JOURNAL["access"]["live"]:
            self.assertEqual(get("/drf/", entry["token"]).status_code, 200, entry)
