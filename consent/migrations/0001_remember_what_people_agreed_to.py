# The first release; folded whenever a column changes before it

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "audience",
                    models.CharField(
                        blank=True,
                        help_text="The identifier of the API; empty for what belongs to none.",
                        max_length=255,
                        verbose_name="audience",
                    ),
                ),
                (
                    "scope",
                    models.TextField(
                        blank=True,
                        help_text="Scopes, and what was asked for by name as claim,NAME.",
                        verbose_name="allowed",
                    ),
                ),
                ("declined", models.TextField(blank=True, verbose_name="declined")),
                ("details", models.JSONField(blank=True, default=list, verbose_name="authorization details")),
                ("created", models.DateTimeField(verbose_name="since")),
                ("updated", models.DateTimeField(verbose_name="changed")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="client",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
                "indexes": [
                    models.Index(
                        condition=models.Q(("withdrawn_at__isnull", False)),
                        fields=["id"],
                        name="oauth_consent_withdrawn",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "client", "audience"), name="oauth_consent_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("client_id", models.CharField(max_length=255, verbose_name="client ID")),
                ("at", models.DateTimeField(verbose_name="time")),
                ("texts", models.CharField(max_length=64, verbose_name="version of the texts")),
                ("document", models.JSONField(verbose_name="document")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "consent receipt",
                "verbose_name_plural": "consent receipts",
                "indexes": [
                    models.Index(fields=["user", "-at"], name="oauth_consent_receipts"),
                    models.Index(fields=["-at", "-id"], name="oauth_consent_latest"),
                ],
            },
        ),
    ]
