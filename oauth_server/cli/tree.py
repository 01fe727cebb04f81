"""Every verb with its nouns, a line each."""

import click

from oauth_server.cli import (
    admin_token,
    after_restore,
    apply,
    audience,
    authorization_code,
    authorization_detail_type,
    client,
    completion,
    decode,
    device_code,
    initial_access_token,
    introspect,
    jwk,
    operator,
    perform,
    project,
    revoke,
    scope,
    settings,
    storage_keys,
    takeover_dot,
    worker,
)
from oauth_server.cli.doctor import command as doctor


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="django-oauth-server", prog_name="oauth")
def oauth() -> None:
    """Clients, projects, scopes, audiences, keys and tokens of this authorization server.

    Exit codes: 0 done, 1 refused by the server, 2 wrong use, 3 the server differs from a file.
    """


def _verb(name: str, meaning: str, **nouns: click.Command) -> None:
    commands = {noun.replace("_", "-"): command for noun, command in nouns.items()}
    oauth.add_command(click.Group(name, commands=commands, help=meaning))


_verb(
    "create",
    "Create a project, client, scope, audience, type of authorization details, key, initial access token, admin token or operator.",
    project=project.create,
    oauth2_client=client.create,
    scope=scope.create,
    audience=audience.create,
    authorization_detail_type=authorization_detail_type.create,
    jwk=jwk.create,
    initial_access_token=initial_access_token.create,
    admin_token=admin_token.create,
    operator=operator.create,
)
_verb(
    "get",
    "Show one.",
    project=project.get,
    oauth2_client=client.get,
    scope=scope.get,
    audience=audience.get,
    authorization_detail_type=authorization_detail_type.get,
    jwk=jwk.get,
)
_verb(
    "list",
    "Show all.",
    projects=project.list_,
    oauth2_clients=client.list_,
    scopes=scope.list_,
    audiences=audience.list_,
    authorization_detail_types=authorization_detail_type.list_,
    jwks=jwk.list_,
    storage_keys=storage_keys.list_,
    initial_access_tokens=initial_access_token.list_,
    operators=operator.list_,
)
_verb(
    "update",
    "Change one.",
    project=project.update,
    oauth2_client=client.update,
    scope=scope.update,
    audience=audience.update,
    authorization_detail_type=authorization_detail_type.update,
)
_verb(
    "delete",
    "Delete one or more.",
    project=project.delete,
    oauth2_client=client.delete,
    scope=scope.delete,
    audience=audience.delete,
    authorization_detail_type=authorization_detail_type.delete,
    jwk=jwk.delete,
    initial_access_token=initial_access_token.delete,
    operator=operator.delete,
)
_verb(
    "import",
    "Create from files.",
    project=project.import_,
    oauth2_client=client.import_,
    scope=scope.import_,
    audience=audience.import_,
    authorization_detail_type=authorization_detail_type.import_,
    jwk=jwk.import_,
)
_verb(
    "rotate",
    "Put new ones in the place of old ones.",
    secret=client.rotate_secret,
    keys=jwk.rotate,
    storage_keys=storage_keys.rotate,
)
_verb(
    "perform",
    "Ask a running server for tokens, as a client does.",
    client_credentials=perform.client_credentials,
    authorization_code=authorization_code.authorization_code,
    device_code=device_code.device_code,
    refresh=perform.refresh,
)
_verb("introspect", "Tell what a token is.", token=introspect.token)
_verb("revoke", "End a token, or what a person allows apps.", token=revoke.token, consents=revoke.consents)
oauth.add_command(apply.export)
oauth.add_command(apply.apply)
oauth.add_command(decode.decode)
oauth.add_command(takeover_dot.takeover_dot)
oauth.add_command(after_restore.after_restore)
oauth.add_command(settings.settings)
oauth.add_command(doctor.doctor)
oauth.add_command(worker.worker)
oauth.add_command(completion.completion)
