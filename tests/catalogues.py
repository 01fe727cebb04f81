"""The catalogues of the three apps, extracted and compiled without a system's gettext: `python -m tests.catalogues`.

`write()` brings every .po in step with code and templates, and every .mo with its .po. `behind()` says which are not.
"""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LANGUAGES = ("de", "fr", "es", "pt_BR", "ja", "ar")
# Its package, and the folders of its templates
APPS = {
    "oauth_server": ("oauth_server", "templates/oauth_server", "templates/admin"),
    "accounts": ("accounts", "templates/oauth_accounts"),
    "consent": ("consent", "templates/oauth_consent"),
}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# As Django's own catalogues have them
PLURALS = {
    "ja": "nplurals=1; plural=0;",
    "pt_BR": "nplurals=2; plural=(n > 1);",
    "ar": (
        "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5;"
    ),
}

# The format has a date of creation; another one with each run would make another file
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)

Message = tuple[str | tuple[str, str], str | None]


def path(app: str, language: str, kind: str = "po") -> Path:
    return ROOT / app / "locale" / language / "LC_MESSAGES" / f"django.{kind}"


def messages(app: str) -> Iterator[tuple[str, Message]]:
    """Each message of an app with the file that has it."""
    for folder in APPS[app]:
        for file in sorted((ROOT / folder).rglob("*")):
            found: Iterator[Message] = iter(())
            if file.suffix == ".py" and "migrations" not in file.parts:
                found = _of_code(file)
            elif file.suffix in {".html", ".txt"} and file.is_relative_to(ROOT / "templates"):
                found = _of_template(file)
            yield from ((str(file.relative_to(ROOT)), message) for message in found)


def _of_code(file: Path) -> Iterator[Message]:
    for _line, said, _comments, context in extract_from_file("python", str(file), keywords=KEYWORDS):
        yield (said[0], said[1]) if isinstance(said, tuple) else said, context


def _of_template(file: Path) -> Iterator[Message]:
    """By the nodes that Django renders: what is looked up is what is extracted."""
    from django.template import engines
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    template = engines["django"].from_string(file.read_text()).template  # type: ignore[attr-defined]
    for node in template.nodelist.get_nodes_by_type((TranslateNode, BlockTranslateNode)):
        context = node.message_context.resolve({}) if node.message_context else None
        if isinstance(node, TranslateNode):
            said = getattr(node.filter_expression.var, "literal", None)
            if isinstance(said, str):
                yield said.replace("%", "%%"), context  # as Django looks it up
            continue
        singular = node.render_token_list(node.singular)[0]
        plural = node.render_token_list(node.plural)[0] if node.plural else ""
        yield ((singular, plural) if plural else singular), context


@cache
def template_of(app: str) -> Catalog:
    catalog = Catalog(charset="utf-8")
    for file, (said, context) in messages(app):
        catalog.add(said, locations=[(file, 1)], context=context)
    return catalog


def read(app: str, language: str) -> Catalog:
    file = path(app, language)
    if not file.exists():
        return Catalog(locale=language, charset="utf-8")
    with file.open("rb") as source:
        return read_po(source, locale=language)


def updated(app: str, language: str) -> Catalog:
    """The catalogue with the messages that there are, in the order of files, and no others."""
    old, new = read(app, language), Catalog(locale=language, charset="utf-8")
    for message in template_of(app):
        if message.id:
            had = old.get(message.id, message.context)
            new.add(
                message.id,
                had.string if had else None,
                locations=sorted(set(message.locations)),
                flags=message.flags,
                context=message.context,
            )
    return new


def as_po(catalog: Catalog, app: str, language: str) -> bytes:
    """Without dates and lines: it changes only when a message does."""
    out = BytesIO()
    write_po(out, catalog, width=120, omit_header=True, include_lineno=False, ignore_obsolete=True)
    head = (
        f'# {language}: {app}\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {language}\\n"\n"Plural-Forms: {PLURALS.get(language) or catalog.plural_forms}\\n"\n\n'
    )
    return head.encode() + out.getvalue()


def as_mo(po: bytes, language: str) -> bytes:
    out, catalog = BytesIO(), read_po(BytesIO(po), locale=language)
    catalog.creation_date = SOME_DAY
    write_mo(out, catalog)
    return out.getvalue()


def untranslated(app: str, language: str) -> list[str]:
    """The messages without words in a language."""
    return [
        str(message.id)
        for message in updated(app, language)
        if message.id and not all(message.string if isinstance(message.string, tuple | list) else (message.string,))
    ]


def wanted() -> Iterator[tuple[Path, bytes]]:
    """Every file, with what it has to hold."""
    for app in APPS:
        for language in LANGUAGES:
            po = as_po(updated(app, language), app, language)
            yield path(app, language), po
            yield path(app, language, "mo"), as_mo(po, language)


def behind() -> list[str]:
    """The files that are not in step."""
    return [str(file.relative_to(ROOT)) for file, held in wanted() if not file.exists() or file.read_bytes() != held]


def write() -> None:
    for file, held in wanted():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(held)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    write()
    missing = {f"{app} {language}": len(untranslated(app, language)) for app in APPS for language in LANGUAGES}
    print("\n".join(f"{name}: {count} without a translation" for name, count in missing.items() if count))
    sys.exit(any(missing.values()))
