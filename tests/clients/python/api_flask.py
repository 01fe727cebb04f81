"""An API with Flask, as `docs/how-to/protect-fastapi-flask.md` shows it."""

import os

from flask import Flask, jsonify, request
from program import API, ISSUER, tell

from oauth_server.resource_server import metadata
from oauth_server.resource_server.challenge import Refused
from oauth_server.resource_server.verifier import Verifier

tokens = Verifier(ISSUER, audience=API, resource_metadata=metadata.url(API))
app = Flask(__name__)


@app.errorhandler(Refused)
def refused(error: Refused):
    return jsonify(error=error.error), error.status, tokens.headers(error)


@app.get("/orders")
def orders():
    token = tokens.verify(
        request.headers.get("Authorization"),
        scopes=["orders:read"],
        dpop=request.headers.get("DPoP"),
        method=request.method,
        url=request.url,
    )
    return jsonify({"for": token.sub})


@app.get("/.well-known/oauth-protected-resource/v1")
def document():
    return jsonify(metadata.protected_resource(API, authorization_servers=[ISSUER], scopes=["orders:read"]))


tell(port=int(os.environ["PORT"]))
app.run(port=int(os.environ["PORT"]))
