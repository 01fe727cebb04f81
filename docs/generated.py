"""The reference pages: what the code itself says, as Markdown.

A page of `docs/reference` holds a line `<!-- generated: settings -->`; the build puts the table there (`oauth_server/conf`).
`python docs/generated.py` writes the table of specifications into README.md, where a test holds it true.
"""

import inspect
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_MARK = re.compile(r"<!-- generated: (\w+) -->")
_README = re.compile(r"(<!-- specs -->\n).*?(<!-- /specs -->)", re.DOTALL)


def fill(text: str) -> str:
    """The page with what its marks name. Raises `KeyError` for an unknown one."""
    return _SNIPPET.sub(lambda found: _snippet(found[1]), _MARK.sub(lambda found: PAGES[found[1]](), text))


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(headings)]
    lines += [["---"] * len(lines[0]), *(list(row) for row in rows)]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


def _code(value: object) -> str:
    return f"`{value}`" if value not in ("", None) else ""


def settings() -> str:
    from oauth_server import conf

    rows = [(_code(name), _code(kind), _code(repr(value)), text) for name, kind, value, text in conf.reference()]
    return _table(("Name", "Type", "Default", "Meaning"), rows)


def checks() -> str:
    from django.core.checks import Error

    from accounts.checks import RULES as RULES_OF_ACCOUNTS
    from oauth_server.checks import RULES

    rows = [
        (
            _code(rule.id),
            "error" if rule.level is Error else "warning",
            "with `--deploy`" if rule.deploy else "with `--database default`" if rule.database else "always",
            _sentence(rule.fails),
            rule.hint,
        )
        for rule in (*RULES, *RULES_OF_ACCOUNTS)
    ]
    return _table(("Id", "Level", "When", "Rule", "What to do"), rows)


def _sentence(rule: Callable[[], str]) -> str:
    """The name of the rule in words, and its docstring where it has one."""
    told = inspect.getdoc(rule) or ""
    return f"{rule.__name__.strip('_').replace('_', ' ')}{f': {told}' if told else ''}"


def errors() -> str:
    """A section for each code, at the anchor that `error_uri` names."""
    from oauth_server.endpoints.base import status_of
    from oauth_server.errors import OAuthError

    parts = []
    for kind in sorted(_subclasses(OAuthError), key=lambda kind: kind.error):
        told = " ".join((inspect.getdoc(kind) or "").split())
        status = f"*HTTP {status_of(kind)}.* " if status_of(kind) != 400 else ""
        parts.append(
            f'## {kind.error}\n\n<span id="{kind.error}"></span>{told}\n\n'
            f"{status}Unless a more exact one is known: “{kind.default}”"
        )
    return "\n\n".join(parts)


def _subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for child in kind.__subclasses__():
        if "error" in vars(child):
            yield child


def specs() -> str:
    from oauth_server.specs import SPECS

    rows = [
        (f"[{spec.name}]({spec.url})", spec.title, spec.status.value, ", ".join(_code(name) for name in spec.modules))
        for spec in SPECS
    ]
    return _table(("Specification", "Title", "Status", "Modules of `oauth_server`"), rows)


def specs_in_short() -> str:
    """For the README: a specification whose name is its title says it once."""
    from oauth_server.specs import SPECS

    rows = [
        (f"[{spec.name}]({spec.url})", spec.title if spec.title != spec.name else "", spec.status.value)
        for spec in SPECS
    ]
    return _table(("Specification", "Title", "Status"), rows)


def urls() -> str:
    from accounts import urls as accounts
    from oauth_server import urls as server

    return "\n\n".join(
        f"## {title}\n\n{_table(('Path', 'Name'), _paths(patterns))}"
        for title, patterns in (
            ("`oauth_server.urls`, with `consent`", server.urlpatterns),
            ("`accounts.urls`", accounts.urlpatterns),
            ("`accounts.urls.root_urlpatterns`", accounts.root_urlpatterns),
        )
    )


def _paths(patterns: Iterable[Any], namespace: str = "", before: str = "") -> list[tuple[str, str]]:
    found = []
    for entry in patterns:
        path = before + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            found += _paths(entry.url_patterns, inner, path)
        else:
            found.append((_code(path or "(the mount point)"), _code(f"{namespace}{entry.name}") if entry.name else ""))
    return found


def commands() -> str:
    """Every `oauth` command with its arguments and options."""
    import click

    from oauth_server.cli.tree import oauth

    parts = []
    for path, command in walk(oauth, ()):
        if isinstance(command, click.Group):
            continue
        context = click.Context(command, info_name=" ".join(("oauth", *path)))
        usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
        rows = [option.get_help_record(context) for option in command.params if isinstance(option, click.Option)]
        options = _table(("Option", "Meaning"), [(_code(names), told) for names, told in filter(None, rows)])
        parts.append(f"## oauth {' '.join(path)}\n\n{command.help or ''}\n\n```text\n{usage}\n```\n\n{options}")
    return "\n\n".join(parts)


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command below this one with its words."""
    if path:
        yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from walk(child, (*path, name))


def api() -> str:
    """The management API, from its document: what can be done, and the members of what is sent and answered."""
    document = json.loads((ROOT / "oauth_server" / "api" / "v1" / "openapi.json").read_text())
    parts: dict[str, list[tuple[str, ...]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            told = f"{operation['summary']} {operation['description']}"
            parts.setdefault(operation["tags"][0], []).append((_code(f"{method.upper()} {path}"), told))
    found = [f"## {tag}\n\n{_table(('Act', 'What it does, and who may'), rows)}" for tag, rows in parts.items()]
    schemas = document["components"]["schemas"]
    shown = [name for name in schemas if not name.startswith("Patched") and not name.endswith("Page")]
    found.append("## Members\n\nA name that ends with *Request* is what is sent; the others are answers.")
    return "\n\n".join([*found, *(f"### {name}\n\n{_members(schemas[name])}" for name in shown)])


def _members(schema: dict[str, Any]) -> str:
    rows = []
    for name, told in schema.get("properties", {}).items():
        kind = told.get("type") or told.get("$ref", "").rpartition("/")[2] or "object"
        if kind == "array":
            inner = told["items"]
            kind = f"list of {inner.get('type') or inner.get('$ref', '').rpartition('/')[2]}"
        kinds = kind if isinstance(kind, str) else " or ".join(kind)
        is_needed = "yes" if name in schema.get("required", ()) else ""
        rows.append((_code(name), kinds, is_needed, told.get("description", "")))
    return _table(("Member", "Type", "Always", "Meaning"), rows) if rows else "No members."


def templates() -> str:
    """Every template with what its first comment says, and its blocks."""
    parts = []
    for label in ("oauth_server", "oauth_consent", "oauth_accounts"):
        folder = ROOT / "templates" / label
        rows = [_template(file, folder) for file in sorted(folder.rglob("*.html"))]
        parts.append(f"## {label}\n\n" + _table(("Template", "Blocks", "What it is"), rows))
    return "\n\n".join(parts)


def _template(file: Path, folder: Path) -> tuple[str, str, str]:
    text = file.read_text()
    comment = re.search(r"{% comment %}(.*?){% endcomment %}", text, re.DOTALL)
    blocks = dict.fromkeys(re.findall(r"{% block (\w+)", text))
    extends = re.search(r'{% extends "([^"]+)"', text)
    told = " ".join(comment[1].split()) if comment else ""
    above = f"Extends `{extends[1]}`." if extends else ""
    name = f"{folder.name}/{file.relative_to(folder)}"
    return _code(name), ", ".join(_code(block) for block in blocks), f"{told} {above}".strip()


def signals() -> str:
    """Each signal with what its receivers get."""
    import ast

    from oauth_server import signals as module

    kinds = {
        node.target.id: ast.unparse(node.annotation).removeprefix("TypedSignal[").removesuffix("]")
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    rows = []
    for name, kind in kinds.items():
        receiver = getattr(module, kind)
        given = [
            each for each in inspect.signature(receiver.__call__).parameters if each not in {"self", "sender", "kwargs"}
        ]
        rows.append((_code(name), ", ".join(map(_code, given)), " ".join((inspect.getdoc(receiver) or "").split())))
    return _table(("Signal", "Arguments", "Means"), rows)


def verifiers() -> str:
    """What an API without Django calls."""
    from oauth_server.resource_server.verifier import Introspector, Verifier

    parts = []
    for kind in (Verifier, Introspector):
        rows = [
            (_code(f"{name}{_signature(method)}"), " ".join((inspect.getdoc(method) or "").split()))
            for name, method in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        ]
        made = f"{kind.__name__}{_signature(kind.__init__)}"
        told = " ".join(f"{inspect.getdoc(kind)} {inspect.getdoc(kind.__init__) or ''}".split())
        parts.append(f"```python\n{made}\n```\n\n{told}\n\n{_table(('Method', 'Does'), rows)}")
    return "\n\n".join(parts)


def _signature(function: Any) -> str:
    found = inspect.signature(function)
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in list(found.parameters.values())[1:]]
    return str(inspect.Signature(bare))


_SNIPPET = re.compile(r"<!-- snippet: ([\w.]+) -->")
_LANGUAGES = {"py": "python", "mjs": "javascript", "js": "javascript", "yml": "yaml", "sh": "shell", "conf": "apache"}


def _snippet(name: str) -> str:
    """A file to paste, with the values of an example: as the console shows it with a client's own."""
    from types import SimpleNamespace

    from oauth_server import snippets

    issuer, is_public = "https://id.example.com", name.startswith(("oidc_client_ts", "mcp_client"))
    values = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth2/auth",
        "token_endpoint": f"{issuer}/oauth2/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "client": SimpleNamespace(token_endpoint_auth_method="client_secret_basic", algorithm="RS256", name="Photos"),
        "client_id": "photos",
        "redirect_uri": "https://photos.example/callback",
        "scope": "openid profile email",
        "api": "https://api.example.com/photos",
        "api_scopes": ["photos:read"],
        "by_code": name != "curl.sh",
        "by_itself": name == "curl.sh",
        "has_secret": not is_public,
    }
    return f"```{_LANGUAGES[name.rpartition('.')[2]]}\n{snippets.render(name, values)}```"


PAGES: dict[str, Callable[[], str]] = {
    page.__name__: page
    for page in (settings, checks, errors, specs, urls, commands, api, templates, signals, verifiers)
}


def readme(text: str) -> str:
    """README.md with the table of specifications as the code has it."""
    return _README.sub(lambda found: f"{found[1]}{specs_in_short()}\n{found[2]}", text)


def set_up() -> None:
    """Django, with the project of this checkout."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()


if __name__ == "__main__":
    set_up()
    page = ROOT / "README.md"
    page.write_text(readme(page.read_text()))
