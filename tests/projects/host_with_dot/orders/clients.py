"""What the clients of the project do after a takeover, with what they had before it; nobody signs in again."""

import base64
import json
import os
import unittest
from pathlib import Path
from urllib.parse import urlencode

import django

django.setup()

from django.test import Client  # noqa: E402
from jwcrypto import jwk, jwt  # noqa: E402

JOURNAL = json.loads(Path(os.environ["JOURNAL"]).read_text())
SECRETS = JOURNAL["secrets"]
KEYS = [jwk.JWK.from_pem(os.environ[name].encode()) for name in ("HOST_KEY", "HOST_FORMER_KEY")]
FORM = "application/x-www-form-urlencoded"


def post(path, client, values, *, in_body=False, secret=None):
    secret = SECRETS[client] if secret is None else secret
    headers = {}
    if not secret or in_body:
        values = {**values, "client_id": client, **({"client_secret": secret} if secret else {})}
    else:
        headers["authorization"] = (
            "Basic " + base64.b64encode(urlencode({client: secret}).replace("=", ":").encode()).decode()
        )
    return Client().post(path, urlencode(values), content_type=FORM, headers=headers)


def refresh(client, token, **extra):
    return post("/o/token/", client, {"grant_type": "refresh_token", "refresh_token": token}, **extra)


def opens(token):
    return Client().get("/drf/", headers={"authorization": f"Bearer {token}"}).status_code == 200


class Clients(unittest.TestCase):
    def test_each_secret_works_in_the_header_and_in_the_body_and_no_other_does(self):
        token = JOURNAL["access"]["live"][0]["token"]
        for client, secret in SECRETS.items():
            if not secret:
                continue
            for _ in range(2):
                for in_body in (True, False):
                    answer = post("/o/introspect/", client, {"token": token}, in_body=in_body)
                    self.assertEqual(answer.status_code, 200, (client, answer.content))
                    wrong = post("/o/introspect/", client, {"token": token}, in_body=in_body, secret=secret + "x")
                    self.assertEqual(wrong.status_code, 401, client)

    def test_machines_get_tokens_with_the_former_default_scope(self):
        for client in ("machine", "short", "short-clear"):
            answer = post("/o/token/", client, {"grant_type": "client_credentials"})
            self.assertEqual((answer.status_code, answer.json().get("scope")), (200, "orders:read"), client)
            self.assertTrue(opens(answer.json()["access_token"]))

    def test_what_was_dead_brings_nothing(self):
        self.assertGreater(len(JOURNAL["refresh"]["dead"]), 10)
        for entry in JOURNAL["refresh"]["dead"]:
            self.assertEqual(refresh(entry["client"], entry["token"]).json()["error"], "invalid_grant", entry)

    def test_each_family_can_be_refreshed_once_and_a_replay_of_an_old_generation_ends_it(self):
        self.assertGreater(len(JOURNAL["refresh"]["live"]), 20)
        successors = {}
        for number, entry in enumerate(JOURNAL["refresh"]["live"]):
            answer = refresh(entry["client"], entry["token"], in_body=number % 2 == 0)
            self.assertEqual(answer.status_code, 200, (entry, answer.content))
            successors[entry["token"]] = answer.json()
            self.assertTrue(opens(answer.json()["access_token"]), entry)
            self.check_identity(entry, answer.json())
            other = "mobile" if entry["client"] == "web" else "web"
            self.assertEqual(refresh(other, answer.json()["refresh_token"]).status_code, 400)
        for entry in JOURNAL["refresh"]["live"][::3]:
            again = refresh(entry["client"], successors[entry["token"]]["refresh_token"])
            self.assertEqual(again.status_code, 200, entry)
            successors[entry["token"]] = again.json()
        self.assertGreater(len(JOURNAL["refresh"]["old"]), 3)
        ended = set()
        for entry in JOURNAL["refresh"]["old"]:
            new = successors[entry["successor"]]
            self.assertEqual(opens(new["access_token"]), entry["successor"] not in ended, entry)
            self.assertEqual(refresh(entry["client"], entry["token"]).json()["error"], "invalid_grant")
            self.assertFalse(opens(new["access_token"]), entry)
            self.assertFalse(opens(entry["access"]), entry)
            self.assertEqual(refresh(entry["client"], new["refresh_token"]).json()["error"], "invalid_grant")
            ended.add(entry["successor"])
        for entry in JOURNAL["refresh"]["live"]:
            alive = entry["token"] not in ended
            self.assertEqual(opens(successors[entry["token"]]["access_token"]), alive, entry)

    def check_identity(self, entry, answer):
        signed = jwt.JWT(jwt=answer["id_token"], key=KEYS[0], expected_type="JWS")
        claims = json.loads(signed.claims)
        self.assertEqual(json.loads(signed.header)["kid"], KEYS[0].thumbprint())
        self.assertEqual((claims["iss"], claims["sub"]), ("http://testserver/o", str(entry["user"])))

    def test_the_identity_is_the_former_one(self):
        entry = next(entry for entry in JOURNAL["access"]["live"] if entry["client"] == "web" and entry["user"])
        told = Client().get("/o/userinfo/", headers={"authorization": f"Bearer {entry['token']}"})
        self.assertEqual((told.status_code, told.json()["sub"]), (200, str(entry["user"])))
        published = {key["kid"] for key in Client().get("/o/.well-known/jwks.json").json()["keys"]}
        self.assertLessEqual({key.thumbprint() for key in KEYS}, published)

    def test_a_revoked_token_is_dead(self):
        entry = next(entry for entry in JOURNAL["access"]["live"] if entry["client"] == "machine")
        self.assertTrue(opens(entry["token"]))
        self.assertEqual(post("/o/revoke_token/", "machine", {"token": entry["token"]}).status_code, 200)
        self.assertFalse(opens(entry["token"]))
