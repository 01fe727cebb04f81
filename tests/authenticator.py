"""What people have at hand: an authenticator app (RFC 6238), and a device that keeps passkeys (W3C Web Authentication Level 3)."""

import base64
import hmac
import json
import os
import struct
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from oauth_server import seal

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
FLAGS = AuthenticatorData.FLAG
VERIFIED = FLAGS.UP | FLAGS.UV


def totp(key: str, step: int = 0) -> str:
    """The code that an app with this key shows, `step` half-minutes from now."""
    counter = int(time.time()) // 30 + step
    made = hmac.digest(base64.b32decode(key.replace(" ", "")), struct.pack(">Q", counter), "sha1")
    place = made[-1] & 0x0F
    return f"{(struct.unpack('>I', made[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def give(person: Any, *types: str) -> None:
    """The person has an authenticator app with `KEY` (`totp`), or recovery codes."""
    from allauth.mfa.models import Authenticator

    data = {
        "totp": {"secret": seal.seal("second_factor", KEY.encode())},
        "recovery_codes": {"seed": seal.seal("second_factor", b"5eed" * 20), "used_mask": 0},
    }
    for name in types:
        Authenticator.objects.create(user=person, type=name, data=data[name])


class Device:
    """Keeps one passkey. `origin`: the page that it believes to be on."""

    def __init__(self, origin: str = "http://localhost", rp_id: str = "localhost") -> None:
        self.origin, self.rp_id = origin, rp_id
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.user_handle = b""

    def make(self, options: dict[str, Any], flags: Any = VERIFIED) -> str:
        asked = options["publicKey"]
        self.user_handle = websafe_decode(asked["user"]["id"])
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        data = AuthenticatorData.create(sha256(self.rp_id.encode()), flags | FLAGS.AT, 0, credential)
        answer = {
            "clientDataJSON": websafe_encode(self._client_data("webauthn.create", asked["challenge"])),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._credential(answer)

    def sign(self, options: dict[str, Any], flags: Any = VERIFIED, **changes: str) -> str:
        client_data = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        data = AuthenticatorData.create(sha256(self.rp_id.encode()), flags, 0)
        signature = self.key.sign(data + client_data.hash, ec.ECDSA(SHA256()))
        answer = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(self.user_handle),
        }
        return self._credential({**answer, **changes})

    def _client_data(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, self.origin)

    def _credential(self, answer: dict[str, str]) -> str:
        name = websafe_encode(self.id)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": answer, "clientExtensionResults": {}}
        )
