"""The code that the console offers to paste, run by the libraries that it is for and that are not in this environment."""

import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from oauth_server import snippets
from tests import factories, flows
from tests.apps.admin.test_new_client import allowed, run_pasted
from tests.clients.conftest import TOOLS
from tests.plugins.servers import Server


@pytest.mark.bar("O2")
@pytest.mark.parametrize("kind", ["machine", "web", "public"])
def test_openid_client_gets_tokens_by_what_is_pasted(kind: str, server: Server, settings: Any) -> None:
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "ISSUER": server.url}
    fields: dict[str, Any] = {"grant_types": ["authorization_code"], "redirect_uris": "https://photos.example/callback"}
    if kind == "machine":
        fields = {"grant_types": ["client_credentials"], "redirect_uris": ""}
    if kind == "public":
        fields["token_endpoint_auth_method"] = "none"
    app = factories.app(**fields)
    browser = flows.Browser(host=urlsplit(server.url).netloc)
    browser.force_sign_in(factories.UserFactory(email="grace@example.org"))
    texts = {snippet.name: snippet.text for snippet in snippets.of(app.row)}
    files: list[Path] = []
    try:
        for name in ("openid_client.mjs", "oidc_client_ts.mjs"):
            if name in texts:
                # beside node_modules, where Node.js looks for what is imported
                files.append(TOOLS / "node" / f"pasted-{os.getpid()}-{name}")
                files[-1].write_text(texts[name])
        env = {"OAUTH_CLIENT_SECRET": app.secret if app.row.has_secret else ""}
        go = None if kind == "machine" else allowed(app, browser)
        assert "bearer" in run_pasted(["node", files[0].name], TOOLS / "node", go, env).lower()
        for file in files[1:]:
            subprocess.run(["node", file.name], cwd=file.parent, check=True, timeout=60)
        assert len(files) == (2 if kind == "public" else 1)
    finally:
        for file in files:
            file.unlink()
