"""What the project relies on, asked of the real database with the tokens of a journal; the same before and after a takeover.

The first line of each test names the part of django-oauth-toolkit. `python -m orders.tests` prints which of them work, as JSON.
"""

import base64
import hashlib
import json
import os
import sys
import unittest
from pathlib import Path

import django

django.setup()

from django.contrib.auth import authenticate  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from django.urls import reverse  # noqa: E402
from oauth2_provider.models import (  # noqa: E402
    get_access_token_model,
    get_application_model,
    get_device_grant_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
)
from oauth2_provider.scopes import get_scopes_backend  # noqa: E402
from oauth2_provider.signals import app_authorized  # noqa: E402

from orders.models import Integration  # noqa: E402
from orders.views import PLACES  # noqa: E402

JOURNAL = json.loads(Path(os.environ["JOURNAL"]).read_text())
ACCESS, REFRESH = JOURNAL["access"], JOURNAL["refresh"]
NAMES = (
    "authorize token revoke-token introspect user-info jwks-info oidc-connect-discovery-info authorized-token-list "
    "oauth-server-metadata oauth-resource-metadata rp-initiated-logout device-authorization device list register"
).split()
METADATA = "/o/.well-known/oauth-protected-resource"


def get(path, token):
    return Client().get(path, headers={"authorization": f"Bearer {token}"})


def post(path, token):
    return Client().post(path, headers={"authorization": f"Bearer {token}"})


def basic(client, secret):
    return "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()


def a_live_one():
    """A token of a person that can read, and nothing more."""
    return next(entry for entry in ACCESS["live"] if entry["user"] and entry["client"] == "web")


def opened(entry):
    return 200 if "orders:read" in entry["scope"].split() else 403


def row_of(entry):
    checksum = hashlib.sha256(entry["token"].encode()).hexdigest()
    return get_access_token_model().objects.select_related("application", "user").get(token_checksum=checksum)


class Promises(unittest.TestCase):
    def test_every_live_token_opens_the_api(self):
        """All access tokens that live"""
        self.assertGreater(len(ACCESS["live"]), 20)
        for entry in ACCESS["live"]:
            response = get("/drf/", entry["token"])
            self.assertEqual(response.status_code, opened(entry), entry)
            if opened(entry) == 200:
                told = {"user": entry["user"], "scope": entry["scope"], "client": entry["client"]}
                self.assertEqual(response.json(), told)

    def test_no_dead_token_opens_the_api(self):
        """All access tokens that are dead: refused"""
        self.assertGreater(len(ACCESS["dead"]), 20)
        for entry in ACCESS["dead"]:
            self.assertEqual(get("/drf/", entry["token"]).status_code, 401, entry)

    def test_the_second_middleware(self):
        """middleware.OAuth2ExtraTokenMiddleware"""
        place = list(PLACES).index("middleware.OAuth2TokenMiddleware, backends.OAuth2Backend")
        live = a_live_one()
        self.assertEqual(get(f"/places/{place}/", live["token"]).json()["client"], live["client"])

    def test_the_backend(self):
        """django.contrib.auth.authenticate"""
        for entry, expected in ((a_live_one(), a_live_one()["user"]), (ACCESS["dead"][0], None)):
            request = RequestFactory().get("/", headers={"authorization": f"Bearer {entry['token']}"})
            found = authenticate(request=request)
            self.assertEqual(found and found.pk, expected)

    def test_a_client_authenticates_itself(self):
        """ClientProtectedResourceView with the client's own credentials"""
        for name in ("views.ClientProtectedResourceView", "views.ClientProtectedScopedResourceView"):
            path = f"/places/{list(PLACES).index(name)}/"
            for client in ("web", "clear", "short"):
                secret = JOURNAL["secrets"][client]
                right, wrong = basic(client, secret), basic(client, secret + "x")
                self.assertEqual(Client().get(path, headers={"authorization": right}).status_code, 200)
                for header in (wrong, basic("mobile", ""), basic("nobody", "x"), "Basic x", "Basic"):
                    self.assertEqual(Client().get(path, headers={"authorization": header}).status_code, 403, header)

    def test_access_tokens(self):
        """models.get_access_token_model()"""
        live = a_live_one()
        row = row_of(live)
        self.assertTrue(row.is_valid(["orders:read"]))
        self.assertFalse(row.is_valid(["orders:delete"]))
        self.assertTrue(row.allow_scopes(["orders:read"]))
        self.assertFalse(row.is_expired())
        self.assertTrue(row.allows_audience("http://testserver/drf/"))
        self.assertEqual((row.user.pk, row.application.client_id), (live["user"], live["client"]))
        self.assertIn("orders:read", row.scopes)
        self.assertTrue(row.user.oauth2_provider_accesstoken.exists())

    def test_an_access_token_can_be_revoked(self):
        """AccessToken.revoke()"""
        entry = [entry for entry in ACCESS["live"] if entry["client"] == "spa"][-1]
        self.assertEqual(get("/drf/", entry["token"]).status_code, 200)
        row_of(entry).revoke()
        self.assertEqual(get("/drf/", entry["token"]).status_code, 401)
        ACCESS["live"].remove(entry)

    def test_applications(self):
        """models.get_application_model()"""
        application = get_application_model().objects.get(client_id="web")
        self.assertTrue(application.redirect_uri_allowed("https://web.example/callback"))
        self.assertFalse(application.redirect_uri_allowed("https://evil.example/callback"))
        self.assertTrue(application.allows_grant_type("authorization-code"))
        self.assertFalse(application.allows_grant_type("password"))
        self.assertTrue(application.is_usable(RequestFactory().get("/")))
        self.assertEqual((application.client_type, application.skip_authorization), ("confidential", True))
        self.assertEqual(application.authorization_grant_type, "authorization-code")
        self.assertIn("https://web.example/callback", application.redirect_uris.split())

    def test_refresh_tokens(self):
        """models.get_refresh_token_model()"""
        rows = get_refresh_token_model().objects.select_related("application", "user")
        self.assertTrue(rows.filter(application__client_id="web", revoked=None).exists())

    def test_the_other_models(self):
        """models.get_grant_model(), get_id_token_model(), get_device_grant_model()"""
        for model in (get_grant_model(), get_id_token_model(), get_device_grant_model()):
            self.assertEqual(model.objects.count(), 0)

    def test_what_belongs_to_a_client_still_does(self):
        """Foreign keys to settings.OAUTH2_PROVIDER_APPLICATION_MODEL"""
        for row in Integration.objects.select_related("application"):
            self.assertEqual(row.note, f"of {row.application.client_id}")
        self.assertEqual(Integration.objects.count(), get_application_model().objects.count())

    def test_scopes(self):
        """scopes.get_scopes_backend()"""
        self.assertLessEqual({"orders:read", "orders:write", "read"}, set(get_scopes_backend().get_all_scopes()))

    def test_the_names_of_the_addresses_lead_somewhere(self):
        """URL names of the namespace oauth2_provider"""
        for name in NAMES:
            self.assertTrue(reverse(f"oauth2_provider:{name}").startswith("/o/"), name)

    def test_metadata_of_the_resource(self):
        """RFC 9728 metadata, with its settings"""
        told = Client().get(reverse("oauth2_provider:oauth-resource-metadata")).json()
        self.assertEqual(told["authorization_servers"], ["http://testserver/o"])
        self.assertEqual(told["resource_name"], "Orders")
        self.assertLessEqual({"orders:read", "orders:write"}, set(told["scopes_supported"]))

    def test_the_signal(self):
        """signals.app_authorized"""
        heard = []

        def listen(sender, request, token, **kwargs):
            heard.append((request.POST["grant_type"], token.application.client_id, token.user))

        app_authorized.connect(listen)
        headers = {"authorization": basic("machine", JOURNAL["secrets"]["machine"])}
        form = "application/x-www-form-urlencoded"
        answer = Client().post("/o/token/", "grant_type=client_credentials", content_type=form, headers=headers)
        app_authorized.disconnect(listen)
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertEqual(heard, [("client_credentials", "machine", None)])

    def test_cleartokens_leaves_what_lives(self):
        """manage.py cleartokens"""
        call_command("cleartokens", verbosity=0)
        for entry in ACCESS["live"]:
            self.assertEqual(get("/drf/", entry["token"]).status_code, opened(entry), entry)


def promise(place, refused, is_advertised, needs_write):
    def test(self):
        path, live = f"/places/{place}/", a_live_one()
        response = get(path, live["token"])
        self.assertEqual((response.status_code, response.json()["user"]), (200, live["user"]))
        self.assertEqual(post(path, live["token"]).status_code, 403 if needs_write else 200)
        for wrong in (ACCESS["dead"][0]["token"], REFRESH["live"][0]["token"], "x", "é", "\0"):
            response = get(path, wrong)
            self.assertEqual(response.status_code, refused, wrong)
            self.assertEqual(METADATA in response.headers.get("WWW-Authenticate", ""), is_advertised)
        self.assertEqual(Client().get(path).status_code, refused)
        alien = next(e for e in ACCESS["live"] if e["user"] and "orders:read" not in e["scope"])
        asks_nothing = {"ProtectedResourceView", "ClientProtectedResourceView", "ProtectedResourceMetadataView"}
        asks_nothing |= {"ClientProtectedResourceMetadataView", "OAuth2Backend"}
        if test.__doc__.rpartition(".")[2] not in asks_nothing:
            # a scope that is missing is missing
            self.assertEqual(get(path, alien["token"]).status_code, 401 if "core" in test.__doc__ else 403)

    return test


for number, (name, (_, *rest)) in enumerate(PLACES.items()):
    made = promise(number, *rest)
    made.__doc__ = name
    setattr(Promises, f"test_place_{number:02}", made)


class Noted(unittest.TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = {}

    def startTest(self, test):
        super().startTest(test)
        self.rows[test.shortDescription()] = True

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.rows[test.shortDescription()] = False

    def addError(self, test, err):
        super().addError(test, err)
        self.rows[test.shortDescription()] = False


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Promises)
    found = unittest.TextTestRunner(stream=sys.stderr, resultclass=Noted, warnings="ignore").run(suite)
    json.dump(found.rows, sys.stdout)
    sys.exit(not found.wasSuccessful())
