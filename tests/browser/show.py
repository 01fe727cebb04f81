"""Shows in Chromium what Django's test client was answered: the same bytes, the same headers, without a server."""

import mimetypes
from contextvars import copy_context
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Route

from tests.flows import Browser

# Nothing leaves this machine: every request is answered here. By https, so that it is a secure context
ORIGIN = "https://testserver"
# A browser would say so in its console
_STATUS = 200
_OURS = ("content-security-policy", "content-type", "referrer-policy", "cross-origin-opener-policy", "x-frame-options")


def show(page: Page, response: Any, browser: Browser) -> None:
    """Open the answer in the page. Whatever it loads comes from the static files, or from the server by the same browser."""
    address = urljoin(ORIGIN, response.address)
    context = copy_context()

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        if route.request.is_navigation_request() and route.request.frame == page.main_frame:
            headers = {name: value for name, value in response.headers.items() if name.lower() in _OURS}
            route.fulfill(status=_STATUS, headers=headers, body=response.content)
        elif url.netloc != urlsplit(ORIGIN).netloc:
            route.fulfill(status=_STATUS, content_type="text/html", body="<!doctype html><title>elsewhere</title>")
        elif url.path.startswith("/static/") and (found := finders.find(url.path.removeprefix("/static/"))):
            route.fulfill(path=str(found), content_type=mimetypes.guess_type(url.path)[0] or "text/plain")
        else:
            # in the context of the test: in another one Django would open another connection, and wait for this one
            asked = f"{url.path}?{url.query}" if url.query else url.path
            got = context.copy().run(browser.http.get, asked, follow=True)
            route.fulfill(
                status=got.status_code,
                content_type=got.headers.get("Content-Type", "text/plain"),
                body=b"".join(got.streaming_content) if got.streaming else got.content,
            )

    page.route("**/*", answer)
    page.goto(address, wait_until="domcontentloaded", timeout=60_000)
