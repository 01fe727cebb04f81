"""The bench itself: what it is there to notice, it notices."""

import pytest
from playwright.sync_api import Page
from pytest_httpserver import HTTPServer

from tests.browser.axe import check_page, violations
from tests.browser.conftest import Console

GOOD = """<!doctype html><html lang="en" dir="ltr"><head><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
</head><body><main><h1>A page</h1><p>Words.</p></main></body></html>"""


def serve(httpserver: HTTPServer, body: str, **headers: str) -> str:
    httpserver.expect_request("/page").respond_with_data(body, content_type="text/html", headers=headers)
    return httpserver.url_for("/page")


def test_a_good_page_passes_under_a_strict_policy(page: Page, httpserver: HTTPServer) -> None:
    page.goto(serve(httpserver, GOOD, **{"Content-Security-Policy": "default-src 'none'; img-src data:"}))
    check_page(page)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "image-alt"),
        ('<input type="text" name="user">', "label"),
        ('<p style="color: #ccc; background: #fff">pale</p>', "color-contrast"),
    ],
)
def test_a_page_that_shuts_people_out_is_noticed(page: Page, httpserver: HTTPServer, bad: str, rule: str) -> None:
    page.goto(serve(httpserver, GOOD.replace("<p>Words.</p>", bad)))
    assert any(problem.startswith(rule) for problem in violations(page))
    with pytest.raises(AssertionError, match=rule):
        check_page(page)


def test_a_page_wider_than_a_phone_is_noticed(page: Page, httpserver: HTTPServer) -> None:
    page.goto(serve(httpserver, GOOD.replace("<p>", '<p style="width: 600px">')))
    with pytest.raises(AssertionError, match="wider than the window"):
        check_page(page)


@pytest.mark.parametrize(
    ("script", "noticed"),
    [
        ("console.error('broken')", "broken"),
        ("setTimeout(() => { throw new Error('thrown') })", "thrown"),
        (
            "document.body.append(Object.assign(new Image(), {src: '/elsewhere.png'}))",
            "Content-Security-Policy: img-src",
        ),
    ],
)
def test_an_error_in_the_console_is_noticed(
    page: Page, httpserver: HTTPServer, console: Console, script: str, noticed: str
) -> None:
    policy = "default-src 'none'; img-src data:; script-src 'unsafe-inline'"
    page.goto(
        serve(
            httpserver,
            GOOD.replace("</main>", f"</main><script>{script}</script>"),
            **{"Content-Security-Policy": policy},
        )
    )
    page.wait_for_timeout(100)
    assert any(noticed in text for text in console.unexpected)
    console.expect("")
