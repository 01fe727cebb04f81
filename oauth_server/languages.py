"""RFC 5646 (BCP 47) language tags: in which languages the pages are, and which of them this browser gets.

A host project's `LocaleMiddleware`, or what else it activates, decides. Without one, the cookie of the language switch decides, and
Accept-Language.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from django.conf import settings as django_settings
from django.conf.locale import LANG_INFO
from django.http import HttpRequest
from django.utils import translation

from oauth_server.conf import settings

# Those with a catalogue in each of the three apps
CATALOGUES = ("en", "de", "fr", "es", "pt-br", "ja", "ar")


def offered() -> dict[str, str]:
    """Code and own name of each language that people can choose; empty where a project does not translate."""
    if not django_settings.USE_I18N:
        return {}
    codes = settings.LANGUAGES or [code for code, _ in django_settings.LANGUAGES if code in CATALOGUES]
    return {code: _own_name(code) for code in codes}


def _own_name(code: str) -> str:
    name = str(LANG_INFO.get(code, {}).get("name_local") or dict(django_settings.LANGUAGES).get(code, code))
    return name[:1].upper() + name[1:]


def match(tag: str) -> str:
    """RFC 4647 §3.4 lookup: the language for a tag, `de` for `de-AT`, and `pt-br` for `pt`; empty when there is none."""
    codes, wanted = list(offered()), tag.lower()
    while wanted:
        if wanted in codes:
            return wanted
        wanted = wanted.rpartition("-")[0]
    base = tag.lower().partition("-")[0]
    return next((code for code in codes if code.partition("-")[0] == base), "")


def tag(code: str) -> str:
    """A language of Django's as a tag is written: `pt-BR`."""
    language, _, region = code.partition("-")
    return f"{language}-{region.upper() if len(region) == 2 else region.title()}" if region else language


def supported() -> list[str]:
    """For `ui_locales_supported`."""
    return [tag(code) for code in offered()]


@contextmanager
def activated(request: HttpRequest) -> Iterator[None]:
    """The language of a page, where nothing before has settled on one that there is."""
    current = translation.get_language() or django_settings.LANGUAGE_CODE
    language = _of(request, current)
    with translation.override(language) if language != current else nullcontext():
        yield


def _of(request: HttpRequest, current: str) -> str:
    if not offered():
        return current
    decided = current != django_settings.LANGUAGE_CODE or any(
        "LocaleMiddleware" in m for m in django_settings.MIDDLEWARE
    )
    wanted = current if decided else translation.get_language_from_request(request)
    return match(wanted) or match(django_settings.LANGUAGE_CODE) or current
