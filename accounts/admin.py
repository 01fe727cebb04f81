"""People in the admin: found by address, made with an address and a password.

Who may change people gains nothing by it: staff and what staff may do are for superusers to change (ASVS 5.0 8.2.1).
"""

from importlib import import_module
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oauth_server.tokens import revoke

from .models import User


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
        return user


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    form = ChangeForm
    add_form = CreationForm
    change_password_form = PasswordForm
    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    show_full_result_count = False
    readonly_fields = ("id", "last_login", "date_joined", "updated_at")
    fieldsets = (
        (None, {"fields": ("id", "email", "username", "password")}),
        (_("Name"), {"fields": ("first_name", "middle_name", "last_name", "nickname")}),
        (_("About"), {"fields": ("birthdate", "gender", "locale", "zoneinfo", "website", "profile_url", "picture")}),
        (_("Phone"), {"fields": ("phone_number", "phone_number_verified")}),
        (_("Address"), {"fields": ("street_address", "postal_code", "locality", "region", "country")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "date_joined", "updated_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            # off is final: switching the account on again brings nothing back
            revoke.person(obj.pk, "switched off by staff")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        own = tuple(super().get_readonly_fields(request, obj))
        return own if _is_superuser(request) else (*own, "is_staff", "is_superuser", "groups", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Django's bulk deletion asks for the permission without saying for whom."""
        actions = super().get_actions(request)
        if not _is_superuser(request):
            actions.pop("delete_selected", None)
        return actions


class Groups(GroupAdmin):
    """A group is permissions: whoever could change one could change their own."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _may_touch(request: HttpRequest, obj: User | None) -> bool:
    return obj is None or not (obj.is_staff or obj.is_superuser) or _is_superuser(request)


# The engine's own page would let staff give a superuser's account an address of theirs, and reset its password by mail.
# It registers when it is imported, which is later than this otherwise.
import_module("allauth.account.admin")
for model in (EmailAddress, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
admin.site.register(Group, Groups)
