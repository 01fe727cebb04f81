"""RFC 5646, OpenID Connect Core 1.0 §3.1.2.1 ui_locales: language and appearance, chosen by the person, the client or the browser."""

import re
from typing import Any

import pytest
from django.conf import settings as django_settings

from oauth_server import languages
from tests.flows import App, Browser, parameters

APPEARANCE = "/oauth2/appearance"


def choose(browser: Browser, page: Any, origin: str = "http://testserver", **chosen: str) -> Any:
    headers = {"origin": origin, "referer": f"http://testserver{page.address}"}
    response = browser.http.post(APPEARANCE, chosen, headers=headers)
    response.address = APPEARANCE
    return browser.follow(response) if response.status_code == 303 else response


def html_of(page: Any) -> str:
    found = re.search(r"<html[^>]*>", page.content.decode())
    assert found is not None
    return found[0]


@pytest.mark.bar("E18.2", "E18.3")
def test_the_switch_survives_the_flow_and_what_a_person_chose_is_not_chosen_again(
    app: App, visitor: Browser, person: Any
) -> None:
    page = app.authorize(visitor, ui_locales="fr de")
    assert html_of(page) == '<html lang="fr" dir="ltr">'
    page = choose(visitor, page, language="ar")
    assert html_of(page) == '<html lang="ar" dir="rtl">'
    assert "bootstrap.rtl.css" in page.content.decode()
    assert 'aria-current="true"><bdi>العربيّة</bdi>' in page.content.decode()
    refused = visitor.sign_in(page, person, "wrong")
    assert html_of(refused) == '<html lang="ar" dir="rtl">'
    app.row.skip_authorization = False
    app.row.save()
    question = visitor.sign_in(refused, person)
    assert html_of(question) == '<html lang="ar" dir="rtl">'
    assert "code" in parameters(visitor.submit(question, {"decision": "allow"}))
    # the next request of a client says again what it wishes
    assert html_of(app.authorize(visitor, ui_locales="pt", prompt="login")) == '<html lang="pt-BR" dir="ltr">'


@pytest.mark.bar("E18.1")
def test_light_or_dark_is_a_choice_that_stays(app: App, visitor: Browser) -> None:
    page = app.authorize(visitor)
    for theme, said in (("dark", ' data-bs-theme="dark"'), ("light", ' data-bs-theme="light"'), ("auto", "")):
        page = choose(visitor, page, theme=theme)
        assert html_of(page) == f'<html lang="en" dir="ltr"{said}>'
        assert page.address.startswith("/account/sign-in/?next=")
    visitor.http.cookies["oauth_server_theme"] = '"><script>'
    assert html_of(visitor.open(page.address)) == '<html lang="en" dir="ltr">'


@pytest.mark.threat(30)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example", ""])
def test_another_site_chooses_nothing(app: App, visitor: Browser, origin: str) -> None:
    page = app.authorize(visitor)
    refused = choose(visitor, page, origin, language="de", theme="dark")
    assert refused.status_code == 403
    assert not {"oauth_server_theme", django_settings.LANGUAGE_COOKIE_NAME} & set(visitor.cookies)


@pytest.mark.threat(76)
@pytest.mark.parametrize(
    "referer",
    ["", "https://evil.example/x", "http://testserver//evil.example", "http://testserver/\\evil.example", "x"],
)
def test_it_leads_nowhere_else(visitor: Browser, referer: str) -> None:
    answer = visitor.http.post(
        APPEARANCE, {"theme": "dark"}, headers={"origin": "http://testserver", "referer": referer}
    )
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert visitor.http.get(APPEARANCE).status_code == 405


@pytest.mark.bar("E18.3")
@pytest.mark.parametrize(
    ("cookie", "accepted", "expected"),
    [("", "de-AT,fr;q=0.8", "de"), ("ja", "de", "ja"), ("", "sv", "en"), ("xx", "", "en"), ("", "pt", "pt-BR")],
)
def test_a_project_without_locale_middleware_has_languages_too(
    app: App, visitor: Browser, settings: Any, cookie: str, accepted: str, expected: str
) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LocaleMiddleware" not in name]
    if cookie:
        visitor.http.cookies[settings.LANGUAGE_COOKIE_NAME] = cookie
    page = visitor.open(app.authorize_url(redirect_uri="https://elsewhere.example/"))
    page = visitor.get(page.address, headers={"accept-language": accepted})
    assert f'<html lang="{expected}"' in html_of(page)


@pytest.mark.bar("E18.3")
def test_what_is_offered_is_what_the_project_has(settings: Any, visitor: Browser) -> None:
    document = visitor.get("/.well-known/openid-configuration").json()
    assert document["ui_locales_supported"] == ["en", "de", "fr", "es", "pt-BR", "ja", "ar"]
    settings.LANGUAGES = [("en", "English"), ("sv", "Swedish"), ("de", "German")]
    assert languages.supported() == ["en", "de"], "none without a catalogue"
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "LANGUAGES": ["sv", "en"]}
    assert languages.offered() == {"sv": "Svenska", "en": "English"}
    settings.USE_I18N = False
    assert languages.offered() == {}


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("pt", "pt-br"),
        ("PT-br", "pt-br"),
        ("pt-PT", "pt-br"),
        ("zh-Hant-TW", ""),
        ("", ""),
    ],
)
def test_a_tag_finds_its_language(tag: str, language: str) -> None:
    assert languages.match(tag) == language


@pytest.mark.threat(27)
@pytest.mark.parametrize("name", ["origin", "referer"])
def test_an_origin_that_cannot_be_read_is_another_site(visitor: Browser, name: str) -> None:
    headers = {"origin": "http://testserver", "referer": "http://testserver/", name: "https://[]"}
    answer = visitor.http.post(APPEARANCE, {"theme": "dark", "next": "//["}, headers=headers)
    assert (answer.status_code, answer.get("location")) == ((403, None) if name == "origin" else (303, "/"))
