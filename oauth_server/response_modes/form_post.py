"""OAuth 2.0 Form Post Response Mode §2: a page that posts itself to the client, with a button for browsers without scripts."""

from collections.abc import Mapping

from django.http import HttpRequest
from django.template.loader import render_to_string

from oauth_server import uris
from oauth_server.pages import Scripted
from oauth_server.response_modes.base import ResponseMode

SCRIPT = "document.forms[0].submit();"


class FormPost(ResponseMode):
    name = "form_post"

    def fits(self, redirect_uri: str) -> bool:
        # an app that owns a scheme (RFC 8252 §7.1) gets no body
        return uris.split(redirect_uri).scheme in {"https", "http"}

    def answer(self, request: HttpRequest, redirect_uri: str, parameters: Mapping[str, str]) -> Scripted:
        context = {"action": redirect_uri, "fields": dict(parameters), "script": SCRIPT}
        return Scripted(render_to_string("oauth_server/form_post.html", context, request), script=SCRIPT)
