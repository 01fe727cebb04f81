"""People in the admin: found by address, made, invited or imported; switched off, signed out, helped when a factor is lost.

Who may change people gains nothing by it: staff and what staff may do are for superusers to change (ASVS 5.0 8.2.1).
"""

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oauth_server import audit
from oauth_server.admin import stops
from oauth_server.admin.base import TableAdmin, changes_of
from oauth_server.admin.deeds import DangerousForm, ReasonForm, Refused, deed
from oauth_server.admin.reauthenticate import recently_authenticated
from oauth_server.audit import Event
from oauth_server.policy import roles
from oauth_server.tokens import revoke

from . import admin_joining, people
from .groups_admin import Groups, is_superuser
from .mails import NotSent
from .models import User

if TYPE_CHECKING:
    _UserAdmin = UserAdmin[Any]
else:
    _UserAdmin = UserAdmin

_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class CreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)


class ChangeForm(UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """A password that staff set, or took away, ends what apps got before it, as a person's own new one does."""

    @transaction.atomic
    def save(self, commit: bool = True) -> Any:
        user = super().save(commit)
        revoke.person(user.pk, "a new password by staff")
        audit.record(Event.PERSON_CHANGED, user_id=user.pk, target=user.pk, reason="a new password by staff")
        return user


@admin.register(User)
class PersonAdmin(TableAdmin, _UserAdmin):
    form = ChangeForm
    add_form = CreationForm
    change_password_form = PasswordForm
    ordering = ("email", "pk")
    list_display = ("email", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "username", "first_name", "last_name")
    search_help_text = gettext_lazy("A part of the address or of a name, or an ID (sub) in full.")
    # Django's two boxes have no accessible name
    filter_horizontal = ()
    readonly_fields = ("id", "last_login", "date_joined", "updated_at", "holdings")
    actions = ("disable", "enable", "sign_out", "reset_factors", "send_confirmation")
    fieldsets = (
        (None, {"fields": ("id", "email", "username", "password", "holdings")}),
        (gettext_lazy("Name"), {"fields": ("first_name", "middle_name", "last_name", "nickname")}),
        (
            gettext_lazy("About"),
            {"fields": ("birthdate", "gender", "locale", "zoneinfo", "website", "profile_url", "picture")},
        ),
        (gettext_lazy("Phone"), {"fields": ("phone_number", "phone_number_verified")}),
        (gettext_lazy("Address"), {"fields": ("street_address", "postal_code", "locality", "region", "country")}),
        (gettext_lazy("Permissions"), {"fields": ("is_active", *_RIGHTS)}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined", "updated_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def get_own_urls(self) -> list[URLPattern]:
        return [
            path(name, self.admin_site.admin_view(view), name=f"oauth_accounts_user_{name.rstrip('/')}")
            for name, view in (
                ("invite/", admin_joining.invite_view(self)),
                ("import/", recently_authenticated(admin_joining.import_view(self))),
            )
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        offered = admin_joining.tools() if self.has_add_permission(request) else []
        return super().changelist_view(request, {**(extra_context or {}), "tools": offered})

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """By ID too: so tokens, logs and apps name a person."""
        with suppress(ValueError):
            return queryset.filter(pk=UUID(search_term.strip())), False
        return super().get_search_results(request, queryset, search_term)

    def may_export(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    @admin.display(description=gettext_lazy("see also"))
    def holdings(self, row: User) -> str:
        lists = (
            ("oauth_server_session", f"user__id__exact={row.pk}", _("sign-ins")),
            ("oauth_server_authorization", f"q={row.pk}", _("authorizations")),
            ("oauth_consent_consent", f"q={row.pk}", _("consents")),
            ("oauth_server_auditevent", f"user_id__exact={row.pk}", _("events")),
        )
        links = [(url, query, text) for name, query, text in lists if (url := _list_of(name))]
        return format_html_join(", ", '<a href="{}?{}">{}</a>', links)

    # Storing

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            # off is final: switching the account on again brings nothing back
            revoke.person(obj.pk, "switched off by staff")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super(TableAdmin, self).save_related(request, form, formsets, change)
        changes = {name: pair for name, pair in changes_of(form).items() if "password" not in name}
        event = Event.PERSON_CHANGED if change else Event.PERSON_CREATED
        if changes:
            event = Event.ROLE_GIVEN if changes.keys() & {*_RIGHTS} else event
            audit.record(event, user_id=form.instance.pk, target=form.instance.pk, changes=changes)

    def consequences(self, request: HttpRequest, rows: Any) -> list[str]:
        return stops.lines(request, rows)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        audit.record(Event.PERSON_DELETED, user_id=obj.pk, target=obj.pk, reason="by staff")
        obj.delete()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        return recently_authenticated(super().user_change_password)(request, id, form_url)

    # Who may

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        # who may only look would see the hash itself
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name != "password"]})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        own = tuple(super().get_readonly_fields(request, obj))
        return own if is_superuser(request) else (*own, *_RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def has_help_permission(self, request: HttpRequest) -> bool:
        return roles.may(request.user, roles.HELP_PEOPLE)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Django's bulk deletion asks for the permission without saying for whom."""
        actions = super().get_actions(request)
        if not is_superuser(request):
            actions.pop("delete_selected", None)
        return actions

    # Deeds

    def is_offered(self, name: str, obj: User) -> bool:
        return name != ("enable" if obj.is_active else "disable")

    def _touched(self, request: HttpRequest, rows: list[User]) -> list[User]:
        """Raises `Refused` where one of them is staff, and the one who asks is no superuser."""
        if not all(_may_touch(request, row) for row in rows):
            raise Refused(_("Staff are for superusers to change. Nothing is done."))
        return rows

    @deed(
        gettext_lazy("Switch off"),
        permission="help",
        question=gettext_lazy("Switch these accounts off, and end for good all that apps got from them?"),
        form=ReasonForm,
        preview=stops.of_people,
    )
    def disable(self, request: HttpRequest, rows: list[User], values: dict[str, Any]) -> str:
        changed = sum(people.switch(row, False) for row in self._touched(request, rows))
        return ngettext("%d account is off.", "%d accounts are off.", changed) % changed

    @deed(gettext_lazy("Switch on"), permission="help", question=gettext_lazy("Switch these accounts on again?"))
    def enable(self, request: HttpRequest, rows: list[User], values: dict[str, Any]) -> str:
        changed = sum(people.switch(row, True) for row in self._touched(request, rows))
        return ngettext("%d account is on.", "%d accounts are on.", changed) % changed

    @deed(
        gettext_lazy("Sign out everywhere"),
        permission="help",
        question=gettext_lazy("End every sign-in of these people, and every access that apps have by them?"),
        form=ReasonForm,
        preview=stops.of_people,
    )
    def sign_out(self, request: HttpRequest, rows: list[User], values: dict[str, Any]) -> str:
        for row in self._touched(request, rows):
            people.sign_out(row)
        return ngettext("%d person is signed out.", "%d people are signed out.", len(rows)) % len(rows)

    @deed(
        gettext_lazy("Reset second factors"),
        permission="help",
        question=gettext_lazy(
            "Remove every second factor and passkey of these people, and sign them out? Make sure who asks for it: with the password "
            "alone anybody gets in afterwards. They are told by mail."
        ),
        form=DangerousForm,
        preview=stops.of_people,
    )
    def reset_factors(self, request: HttpRequest, rows: list[User], values: dict[str, Any]) -> str:
        removed = sum(people.reset_factors(row) for row in self._touched(request, rows))
        return ngettext("%d factor is removed.", "%d factors are removed.", removed) % removed

    @deed(
        gettext_lazy("Send the confirmation mail again"),
        permission="help",
        question=gettext_lazy("Send these people the mail with which they confirm their address?"),
    )
    def send_confirmation(self, request: HttpRequest, rows: list[User], values: dict[str, Any]) -> str:
        try:
            sent = sum(people.send_confirmation(request, row) for row in self._touched(request, rows))
        except NotSent:
            raise Refused(_("The mail could not be sent. Try again later.")) from None
        return ngettext("%d mail is sent.", "%d mails are sent.", sent) % sent


def _list_of(name: str) -> str:
    try:
        return reverse(f"admin:{name}_changelist")
    except NoReverseMatch:
        # an app that is not installed
        return ""


def _may_touch(request: HttpRequest, obj: User | None) -> bool:
    return obj is None or not (obj.is_staff or obj.is_superuser) or is_superuser(request)


# The engine's own page would let staff give a superuser's account an address of theirs, and reset its password by mail.
# It registers when it is imported, which is later than this otherwise.
# Its page of second factors would show what they are made of.
import_module("allauth.account.admin")
import_module(".terms_admin", __package__)
hidden: list[Any] = [EmailAddress, Group]
if apps.is_installed("allauth.mfa"):
    import_module("allauth.mfa.admin")
    hidden.append(apps.get_model("mfa", "Authenticator"))
if apps.is_installed("allauth.socialaccount"):
    # Nor may staff link an account elsewhere to somebody: the sites are named in the settings
    import_module("allauth.socialaccount.admin")
    hidden += apps.get_app_config("socialaccount").get_models()
for model in hidden:
    if admin.site.is_registered(model):
        admin.site.unregister(model)
admin.site.register(Group, Groups)
