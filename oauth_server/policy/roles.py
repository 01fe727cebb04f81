"""Who may do what in the console, the API and the command line: four roles, each a group of Django's permissions.

A role holds what the one before it holds, and more. `may(user, act)` is the one question; an act is the name of a permission. Whoever
wants to divide it otherwise makes groups of their own from the same permissions.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps as global_apps
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS, router

# Acts that are more than adding, changing or looking at a row
REVOKE_TOKENS = "oauth_server.revoke_tokens"
ROTATE_KEYS = "oauth_server.rotate_keys"
REVOKE_KEYS = "oauth_server.revoke_keys"
VIEW_SECRETS = "oauth_server.view_secrets"
SWITCH_INCIDENT = "oauth_server.switch_incident"
EXPORT_AUDIT = "oauth_server.export_auditevent"
VIEW_DEPLOYMENT = "oauth_server.view_jobrun"
HELP_PEOPLE = "oauth_accounts.help_user"

_TABLES = (
    "accesstoken audience auditevent authorization authorizationdetailtype client clientsecret devicerequest "
    "initialaccesstoken issuer logoutdelivery refreshtoken scope session signingkey trustedissuer webhookdelivery"
).split()
# `delete` of a table that the server writes itself ends what a row stands for; the row stays
_ENDED = "accesstoken authorization devicerequest logoutdelivery refreshtoken session webhookdelivery".split()


def _each(label: str, verbs: str, *tables: str) -> tuple[str, ...]:
    return tuple(f"{label}.{verb}_{table}" for table in tables for verb in verbs.split())


# role → what it may beyond the role before it
ROLES: dict[str, tuple[str, ...]] = {
    "viewer": (
        *_each("oauth_server", "view", *_TABLES),
        VIEW_DEPLOYMENT,
        "oauth_consent.view_consent",
        "oauth_consent.view_receipt",
        *_each("oauth_accounts", "view", "user", "terms", "acceptance"),
    ),
    "support": (
        *_each("oauth_server", "delete", *_ENDED),
        "oauth_consent.delete_consent",
        HELP_PEOPLE,
    ),
    "operator": (
        *_each("oauth_server", "add change delete", "client", "scope", "audience", "authorizationdetailtype"),
        *_each("oauth_server", "add delete", "initialaccesstoken"),
        "oauth_server.delete_clientsecret",
        VIEW_SECRETS,
        REVOKE_TOKENS,
        "oauth_accounts.add_user",
        "oauth_accounts.change_user",
        *_each("oauth_accounts", "add change delete", "terms"),
    ),
    "security": (
        *_each("oauth_server", "add change delete", "issuer", "trustedissuer"),
        ROTATE_KEYS,
        REVOKE_KEYS,
        SWITCH_INCIDENT,
        EXPORT_AUDIT,
        "oauth_accounts.delete_user",
    ),
}
LABELS = frozenset(act.partition(".")[0] for acts in ROLES.values() for act in acts)
_GROUP = "oauth_server: {}"

# The scopes of a token of the management API; what is in no line needs `manage:write`. What takes the role `security` is in none that an
# operator may give away: a client with it would do what they may not
_SCOPES = {
    **dict.fromkeys(_each("oauth_server", "add change delete", "issuer"), "manage:login"),
    **dict.fromkeys(_each("oauth_server", "add change delete", "trustedissuer"), "manage:keys"),
    SWITCH_INCIDENT: "manage:login",
    "oauth_accounts.delete_user": "manage:login",
    ROTATE_KEYS: "manage:keys",
    REVOKE_KEYS: "manage:keys",
    VIEW_SECRETS: "manage:secrets",
    "oauth_server.delete_clientsecret": "manage:secrets",
    "oauth_server.add_initialaccesstoken": "manage:secrets",
    # page by page the log is as whole as in one file, and it names what each person did, and from where
    "oauth_server.view_auditevent": "manage:audit",
    EXPORT_AUDIT: "manage:audit",
}


def may(user: Any, act: str) -> bool:
    """Whether this person, as a member of staff, may do the act."""
    return bool(user.is_active and getattr(user, "is_staff", False) and user.has_perm(act))


def acts(role: str) -> frozenset[str]:
    """All that the role may do."""
    names = list(ROLES)
    return frozenset(act for name in names[: names.index(role) + 1] for act in ROLES[name])


def role_of(act: str) -> str:
    """The least role that may do the act; empty: only a superuser may."""
    return next((role for role, own in ROLES.items() if act in own), "")


def scope_of(act: str) -> str:
    """The scope that a token of the management API needs for the act."""
    verb = act.partition(".")[2].partition("_")[0]
    return _SCOPES.get(act) or ("manage:read" if verb == "view" else "manage:write")


def _given() -> dict[str, set[str]]:
    """Scope → all that a token with it may do here."""
    installed = {app.label for app in global_apps.get_app_configs()}
    found: dict[str, set[str]] = {}
    for act in (act for own in ROLES.values() for act in own):
        if act.partition(".")[0] in installed:
            found.setdefault(scope_of(act), set()).add(act)
    return found


def rights(user: Any) -> frozenset[str]:
    """The `manage:` scopes that this person may give away: a client that they make, change, or give a secret to, may do no more."""
    return frozenset(scope for scope, acts_of in _given().items() if all(may(user, act) for act in acts_of))


def group_name(role: str) -> str:
    """Not the bare word: a host may have a group `support` of its own, whose members are nobody here."""
    return _GROUP.format(role)


def of(user: Any) -> list[str]:
    """The roles that were given to this person."""
    held = set(user.groups.filter(name__in=map(group_name, ROLES)).values_list("name", flat=True))
    return [role for role in ROLES if group_name(role) in held]


def give(user: Any, role: str) -> None:
    """Make the person staff with this one role."""
    take(user)
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    user.groups.add(user.groups.model.objects.get(name=group_name(role)))


def take(user: Any) -> None:
    """Take every role from the person. Whether they may open the admin is another matter."""
    user.groups.remove(*user.groups.filter(name__in=map(group_name, ROLES)))


def install(label: str, using: str = DEFAULT_DB_ALIAS, apps: Apps = global_apps) -> None:
    """After `migrate`: the groups hold exactly the permissions of this app that `ROLES` names. Others in them stay."""
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    if not router.allow_migrate_model(using, group_model):
        return
    group_manager = group_model._default_manager.using(using)
    names = [group_name(role) for role in ROLES]
    group_manager.bulk_create([group_model(name=name) for name in names], ignore_conflicts=True)
    groups = {group.name: group.pk for group in group_manager.filter(name__in=names)}
    rows = permission_model._default_manager.using(using).filter(content_type__app_label=label)
    permissions = {f"{label}.{codename}": pk for pk, codename in rows.values_list("pk", "codename")}
    through = group_model.permissions.through._default_manager.using(using)
    held = through.filter(group_id__in=groups.values(), permission_id__in=permissions.values())
    found = {(row.group_id, row.permission_id): row.pk for row in held}
    wanted = set(_wanted(groups, permissions))
    through.filter(pk__in=[pk for pair, pk in found.items() if pair not in wanted]).delete()
    missing = [through.model(group_id=group, permission_id=permission) for group, permission in wanted - set(found)]
    through.bulk_create(missing, ignore_conflicts=True)


def _wanted(groups: dict[str, int], permissions: dict[str, int]) -> Iterator[tuple[int, int]]:
    for role in ROLES:
        for act in acts(role):
            if act in permissions:
                yield groups[group_name(role)], permissions[act]
