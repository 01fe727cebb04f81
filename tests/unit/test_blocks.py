"""Every block of every page can be replaced by a project, in a template of the same name that extends the original."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.forms import Form
from django.template import Engine, RequestContext
from django.test import RequestFactory

ROOT = Path(__file__).parents[2] / "templates"
BLOCK = re.compile(r"{% block (\w+)")
EXTENDS = re.compile(r'{% extends "([^"]+)"')
LABELS = ("oauth_server", "oauth_consent", "oauth_accounts")
PAGES = {
    f"{label}/{file.relative_to(ROOT / label)}": file.read_text()
    for label in LABELS
    for file in sorted((ROOT / label).rglob("*.html"))
}

# not for people: the page in a hidden frame, the OpenAPI reader, the sample app
WHOLE = {"oauth_server/check_session.html", "oauth_server/api.html", "oauth_server/sample_app.html"}


def blocks(page: str) -> dict[str, str]:
    """Block → the one that it stands in, or nothing; of the page and of those that it extends."""
    found: dict[str, str] = {}
    text = PAGES.get(page, "")
    inside: list[str] = []
    for tag in re.finditer(r"{% (block (\w+)|endblock\b)", text):
        if tag[2]:
            found[tag[2]] = inside[-1] if inside else ""
            inside.append(tag[2])
        else:
            inside.pop()
    above = EXTENDS.search(text)
    return {**found, **(blocks(above[1]) if above else {})}


class Anything:
    """What a page may ask of a value that a test has not."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return {"pk": 1, "handle": "x", "client_id": "x"}.get(name, Anything())

    def __getitem__(self, name: Any) -> Any:
        if isinstance(name, int):
            raise IndexError(name)
        return getattr(self, name)

    def get_email_field_name(self) -> str:
        return "email"

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        return Anything()

    def __iter__(self) -> Any:
        return iter(())

    def __str__(self) -> str:
        return "anything"


class Lenient(RequestContext):
    def __getitem__(self, name: Any) -> Any:
        try:
            return super().__getitem__(name)
        except KeyError:
            return Form() if name == "form" else Anything()


def render(page: str, replaced: dict[str, str]) -> str:
    options: Any = settings.TEMPLATES[0]["OPTIONS"]
    override = f'{{% extends "{page}" %}}' + "".join(
        f"{{% block {name} %}}{text}{{% endblock %}}" for name, text in replaced.items()
    )
    engine = Engine(
        dirs=[str(ROOT)],
        app_dirs=False,
        context_processors=options["context_processors"],
        libraries=Engine.get_default().libraries,
        builtins=Engine.get_default().builtins,
        loaders=[
            ("django.template.loaders.locmem.Loader", {page: override}),
            ("django.template.loaders.filesystem.Loader", [str(ROOT)]),
            "django.template.loaders.app_directories.Loader",
        ],
    )
    request: Any = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.session = {}
    request.nonce = "n"
    return engine.get_template(page).render(Lenient(request))


def standing_in(page: str) -> list[tuple[str, set[str]]]:
    """The blocks of a page that stand in another one, each with those around it."""
    found, of = [], blocks(page)
    for name, around in of.items():
        outer = set()
        while around:
            outer.add(around)
            around = of[around]
        if outer:
            found.append((name, outer))
    return found


@pytest.mark.bar("D11")
@pytest.mark.parametrize("template", [page for page in PAGES if blocks(page)])
def test_each_block_of_a_page_can_be_replaced(template: str) -> None:
    of = blocks(template)
    outermost = {name: f"[[{name}]]" for name, around in of.items() if not around}
    text = render(template, outermost)
    assert [name for name, mark in outermost.items() if mark not in text] == []
    for name, outer in standing_in(template):
        others = dict.fromkeys(of.keys() - outer - {name}, "")
        assert "[[it]]" in render(template, {**others, name: "[[it]]"}), name


@pytest.mark.bar("D11")
def test_a_page_without_blocks_is_one_for_programs() -> None:
    assert {page for page in PAGES if not blocks(page) and not Path(page).name.startswith("_")} == WHOLE
