# The first release; folded whenever a column changes before it

import uuid

import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.profile


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("middle_name", models.CharField(blank=True, default="", max_length=150, verbose_name="middle name")),
                ("nickname", models.CharField(blank=True, default="", max_length=150, verbose_name="nickname")),
                (
                    "profile_url",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=2000,
                        validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
                        verbose_name="profile page",
                    ),
                ),
                (
                    "picture",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=2000,
                        validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
                        verbose_name="picture",
                    ),
                ),
                (
                    "website",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=2000,
                        validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
                        verbose_name="website",
                    ),
                ),
                ("gender", models.CharField(blank=True, default="", max_length=40, verbose_name="gender")),
                ("birthdate", models.DateField(blank=True, null=True, verbose_name="date of birth")),
                (
                    "zoneinfo",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=64,
                        validators=[accounts.profile.validate_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "locale",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=35,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*\\Z",
                                "Write a language tag, such as en or pt-BR.",
                            )
                        ],
                        verbose_name="language",
                    ),
                ),
                (
                    "phone_number",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=16,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A\\+[1-9][0-9]{5,14}\\Z",
                                "Write it with the country code and digits only, such as +15555550100.",
                            )
                        ],
                        verbose_name="phone number",
                    ),
                ),
                ("phone_number_verified", models.BooleanField(default=False, verbose_name="phone number confirmed")),
                (
                    "street_address",
                    models.TextField(blank=True, default="", max_length=500, verbose_name="street and number"),
                ),
                ("locality", models.CharField(blank=True, default="", max_length=150, verbose_name="town")),
                ("region", models.CharField(blank=True, default="", max_length=150, verbose_name="region")),
                ("postal_code", models.CharField(blank=True, default="", max_length=32, verbose_name="postal code")),
                ("country", models.CharField(blank=True, default="", max_length=150, verbose_name="country")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                (
                    "username",
                    models.CharField(
                        blank=True,
                        help_text="Only where the server asks for one; people sign in with their email address.",
                        max_length=150,
                        null=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="user name",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("is_staff", models.BooleanField(default=False, help_text="May open the admin.", verbose_name="staff")),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Switch off instead of deleting.", verbose_name="active"
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="registered")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "delete_at",
                    models.DateTimeField(
                        blank=True, db_index=True, editable=False, null=True, verbose_name="to be deleted"
                    ),
                ),
                ("passkey_declined_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "permissions": [
                    ("help_user", "Can switch people off, sign them out, reset a lost factor, send mails again")
                ],
                "swappable": "AUTH_USER_MODEL",
            },
        ),
        migrations.CreateModel(
            name="FactorReset",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created", models.DateTimeField(verbose_name="asked")),
                ("due", models.DateTimeField(db_index=True, verbose_name="due")),
                ("reminded_at", models.DateTimeField(blank=True, null=True, verbose_name="reminded")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="stopped")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="factor_resets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "removal of second factors",
                "verbose_name_plural": "removals of second factors",
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(editable=False, max_length=64)),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                (
                    "created",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="sent"),
                ),
                ("expires", models.DateTimeField(db_index=True, editable=False, verbose_name="expires")),
                ("used_at", models.DateTimeField(editable=False, null=True, verbose_name="accepted")),
                (
                    "invited_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="invited by",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
            },
        ),
        migrations.CreateModel(
            name="RememberedDevice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(editable=False, max_length=64, unique=True)),
                ("auth_hash", models.CharField(editable=False, max_length=64)),
                ("user_agent", models.CharField(blank=True, max_length=300, verbose_name="browser")),
                ("address", models.GenericIPAddressField(blank=True, null=True, verbose_name="address")),
                ("created", models.DateTimeField(verbose_name="remembered")),
                ("last_used", models.DateTimeField(verbose_name="last used")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remembered_devices",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "remembered device",
                "verbose_name_plural": "remembered devices",
            },
        ),
        migrations.CreateModel(
            name="Terms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "version",
                    models.CharField(
                        help_text="As people see it, such as 2026-11 or 3.", max_length=50, verbose_name="version"
                    ),
                ),
                (
                    "url",
                    models.URLField(
                        blank=True, help_text="A page on the web.", max_length=500, verbose_name="where they are"
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        blank=True, help_text="Shown on our own page, where there is no address.", verbose_name="text"
                    ),
                ),
                (
                    "in_force_from",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="in force from"
                    ),
                ),
            ],
            options={
                "verbose_name": "terms of service",
                "verbose_name_plural": "terms of service",
                "constraints": [
                    models.UniqueConstraint(fields=("version",), name="oauth_accounts_terms_version"),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), ("url", ""), _negated=True),
                        name="oauth_accounts_terms_somewhere",
                        violation_error_message="Give an address or a text.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Acceptance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="accepted")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL, verbose_name="person"
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="oauth_accounts.terms",
                        verbose_name="terms of service",
                    ),
                ),
            ],
            options={
                "verbose_name": "acceptance of terms",
                "verbose_name_plural": "acceptances of terms",
            },
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                fields=("email",),
                name="oauth_accounts_user_email",
                violation_error_message="Somebody is registered with this email address.",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                fields=("username",),
                name="oauth_accounts_user_username",
                violation_error_message="Somebody has this user name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="factorreset",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancelled_at", None), ("done_at", None)),
                fields=("user",),
                name="oauth_accounts_one_factor_reset",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(fields=("token",), name="oauth_accounts_invitation_token"),
        ),
        migrations.AddConstraint(
            model_name="acceptance",
            constraint=models.UniqueConstraint(fields=("user", "terms"), name="oauth_accounts_acceptance_once"),
        ),
    ]
