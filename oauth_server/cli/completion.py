"""`oauth completion`: what a shell asks while a command is typed. Names come from the database of this project, so only here."""

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from oauth_server.models import Audience, AuthorizationDetailType, Client, Issuer, Scope, SigningKey

_MOST = 100
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _safe(find: Callable[[str], Iterable[tuple[str, str]]]) -> Completer:
    """No database, no tables, no project: nothing to offer, and nothing in the way of whoever types."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            return [CompletionItem(value, help=told or None) for value, told in find(incomplete)]
        except Exception:
            return []

    return complete


def _column(model: Any, column: str, told: str) -> Completer:
    def find(incomplete: str) -> Iterable[tuple[str, str]]:
        rows = model.objects.filter(**{f"{column}__startswith": incomplete}).order_by(column)
        found: Iterable[tuple[str, str]] = rows.values_list(column, told).distinct()[:_MOST]
        return found

    return _safe(find)


def _projects(incomplete: str) -> Iterable[tuple[str, str]]:
    rows = Issuer.objects.filter(slug__startswith=incomplete).exclude(slug="").order_by("slug")
    return rows.values_list("slug", "name")[:_MOST]


projects = _safe(_projects)
clients = _column(Client, "client_id", "name")
scopes = _column(Scope, "name", "title")
audiences = _column(Audience, "identifier", "name")
detail_types = _column(AuthorizationDetailType, "type", "title")
keys = _column(SigningKey, "kid", "algorithm")


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands, flags, projects, client IDs, scopes, audiences and keys.

    \b
    bash: eval "$(oauth completion bash)"    in ~/.bashrc
    zsh:  eval "$(oauth completion zsh)"     in ~/.zshrc
    fish: oauth completion fish > ~/.config/fish/completions/oauth.fish
    """
    kind: Any = get_completion_class(shell)
    root: click.Context = ctx.find_root()
    click.echo(kind(root.command, {}, "oauth", "_OAUTH_COMPLETE").source())
