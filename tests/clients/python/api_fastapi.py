"""An API with FastAPI, as `docs/how-to/protect-fastapi-flask.md` shows it."""

import os
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from program import API, ISSUER, tell

from oauth_server.resource_server import metadata
from oauth_server.resource_server.challenge import Refused
from oauth_server.resource_server.verifier import AccessToken, Verifier

tokens = Verifier(ISSUER, audience=API, resource_metadata=metadata.url(API))
app = FastAPI()


@app.exception_handler(Refused)
def refused(request: Request, error: Refused):
    return JSONResponse({"error": error.error}, error.status, tokens.headers(error))


def caller(request: Request) -> AccessToken:
    """FastAPI calls what is no coroutine in a thread: it may wait for the issuer's keys."""
    headers = request.headers
    return tokens.verify(
        headers.get("Authorization"),
        scopes=["orders:read"],
        dpop=headers.get("DPoP"),
        method=request.method,
        url=str(request.url),
    )


@app.get("/orders")
def orders(token: Annotated[AccessToken, Depends(caller)]):
    return {"for": token.sub}


@app.get("/.well-known/oauth-protected-resource/v1")
def document():
    return metadata.protected_resource(API, authorization_servers=[ISSUER], scopes=["orders:read"])


tell(port=int(os.environ["PORT"]))
uvicorn.run(app, port=int(os.environ["PORT"]), log_level="warning")
