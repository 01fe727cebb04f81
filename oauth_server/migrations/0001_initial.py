"""Every table of the first release."""

import uuid

import django.core.validators
import django.db.models.deletion
import oauth2_provider.generators
from django.conf import settings
from django.db import migrations, models

import oauth_server.clock
import oauth_server.digest
import oauth_server.models.audience
import oauth_server.models.client
import oauth_server.models.fields
import oauth_server.models.issuer


class Migration(migrations.Migration):
    initial = True

    # DOT's own migrations point at our models but do not depend on them.
    run_before = [("oauth2_provider", "0001_initial")]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=64, unique=True)),
                ("count", models.PositiveIntegerField(default=0)),
                ("expires", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Audience",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "identifier",
                    models.CharField(
                        help_text="The value of resource and aud.",
                        max_length=255,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z][a-z0-9+.-]*:[\\x21\\x24-\\x5b\\x5d-\\x7e]+\\Z",
                                "Use an absolute URI without a fragment (#…), such as https://api.example.com.",
                            )
                        ],
                        verbose_name="identifier",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="What people see, such as “Orders API”.", max_length=120, verbose_name="name"
                    ),
                ),
                (
                    "translations",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Name by language code: {"de": {"name": …}}',
                        verbose_name="translations",
                    ),
                ),
                (
                    "token_format",
                    models.CharField(
                        choices=oauth_server.models.audience.token_formats,
                        default="opaque",
                        max_length=32,
                        verbose_name="token format",
                    ),
                ),
                (
                    "algorithm",
                    models.CharField(
                        choices=[("ES256", "ES256"), ("RS256", "RS256"), ("PS256", "PS256"), ("EdDSA", "EdDSA")],
                        default="ES256",
                        max_length=5,
                        verbose_name="signing algorithm",
                    ),
                ),
                (
                    "access_token_lifetime",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Seconds; empty: the setting ACCESS_TOKEN_LIFETIME.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(2147483647),
                        ],
                        verbose_name="access token lifetime",
                    ),
                ),
                (
                    "tokens_not_before",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="tokens not before"),
                ),
            ],
            options={
                "verbose_name": "audience",
                "verbose_name_plural": "audiences",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="AuditDoor",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Client",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "client_id",
                    models.CharField(
                        default=oauth2_provider.generators.generate_client_id,
                        max_length=255,
                        unique=True,
                        verbose_name="client ID",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="name")),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
                (
                    "grant_types",
                    models.JSONField(
                        default=oauth_server.models.client.default_grant_types, verbose_name="grant types"
                    ),
                ),
                (
                    "response_types",
                    models.JSONField(
                        blank=True,
                        default=oauth_server.models.client.default_response_types,
                        verbose_name="response types",
                    ),
                ),
                (
                    "token_endpoint_auth_method",
                    models.CharField(
                        default="client_secret_basic", max_length=32, verbose_name="authentication method"
                    ),
                ),
                (
                    "redirect_uris",
                    models.TextField(
                        blank=True, help_text="Separated by spaces or lines.", verbose_name="redirect URIs"
                    ),
                ),
                (
                    "post_logout_redirect_uris",
                    models.TextField(blank=True, default="", verbose_name="post logout redirect URIs"),
                ),
                (
                    "allowed_origins",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Origins of browser apps that may call the endpoints (CORS).",
                        verbose_name="allowed origins",
                    ),
                ),
                (
                    "default_scopes",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Granted to a request without scope.",
                        verbose_name="default scopes",
                    ),
                ),
                ("require_pkce", models.BooleanField(default=True, verbose_name="PKCE required")),
                (
                    "skip_authorization",
                    models.BooleanField(
                        default=False,
                        help_text="People are not asked for consent: the client belongs to the operator of this server.",
                        verbose_name="first party",
                    ),
                ),
                (
                    "accepts_fewer_scopes",
                    models.BooleanField(
                        default=False,
                        help_text="People may grant a part of what is asked.",
                        verbose_name="accepts fewer scopes",
                    ),
                ),
                (
                    "verified",
                    models.BooleanField(
                        default=False,
                        help_text="The operator has checked who runs this client.",
                        verbose_name="verified",
                    ),
                ),
                (
                    "publisher",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Who runs it, in words for people; shown while the client is verified.",
                        max_length=200,
                        verbose_name="publisher",
                    ),
                ),
                ("logo", models.CharField(blank=True, default="", editable=False, max_length=64)),
                (
                    "consent_not_before",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="consents not before"),
                ),
                (
                    "refresh_token_rule",
                    models.CharField(
                        choices=[("offline_access", "When offline_access was granted"), ("always", "Always")],
                        default="offline_access",
                        max_length=16,
                        verbose_name="refresh tokens",
                    ),
                ),
                (
                    "algorithm",
                    models.CharField(
                        choices=[("RS256", "RS256"), ("PS256", "PS256"), ("ES256", "ES256"), ("EdDSA", "EdDSA")],
                        default="RS256",
                        max_length=5,
                        verbose_name="ID token algorithm",
                    ),
                ),
                (
                    "subject_type",
                    models.CharField(
                        choices=[("public", "public"), ("pairwise", "pairwise")],
                        default="public",
                        max_length=8,
                        verbose_name="subject type",
                    ),
                ),
                (
                    "id_token_audiences",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Client IDs that may take this client's ID tokens as well; azp then names this one.",
                        verbose_name="further audiences of ID tokens",
                    ),
                ),
                (
                    "sector_identifier_uri",
                    models.URLField(blank=True, default="", max_length=2000, verbose_name="sector identifier URI"),
                ),
                (
                    "application_type",
                    models.CharField(
                        choices=[("web", "web"), ("native", "native")],
                        default="web",
                        max_length=6,
                        verbose_name="application type",
                    ),
                ),
                (
                    "id_token_encrypted_response_alg",
                    models.CharField(blank=True, default="", max_length=32, verbose_name="ID token encryption"),
                ),
                (
                    "id_token_encrypted_response_enc",
                    models.CharField(blank=True, default="", max_length=32, verbose_name="ID token content encryption"),
                ),
                (
                    "userinfo_signed_response_alg",
                    models.CharField(blank=True, default="", max_length=5, verbose_name="UserInfo algorithm"),
                ),
                (
                    "userinfo_encrypted_response_alg",
                    models.CharField(blank=True, default="", max_length=32, verbose_name="UserInfo encryption"),
                ),
                (
                    "userinfo_encrypted_response_enc",
                    models.CharField(blank=True, default="", max_length=32, verbose_name="UserInfo content encryption"),
                ),
                (
                    "request_object_signing_alg",
                    models.CharField(blank=True, default="", max_length=5, verbose_name="request object algorithm"),
                ),
                (
                    "token_endpoint_auth_signing_alg",
                    models.CharField(blank=True, default="", max_length=5, verbose_name="assertion algorithm"),
                ),
                ("request_uris", models.JSONField(blank=True, default=list, verbose_name="request URIs")),
                ("default_acr_values", models.JSONField(blank=True, default=list, verbose_name="default ACR values")),
                (
                    "authorization_details_types",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="The types of authorization details that this client may ask for.",
                        verbose_name="authorization detail types",
                    ),
                ),
                (
                    "initiate_login_uri",
                    models.URLField(blank=True, default="", max_length=2000, verbose_name="login initiation URI"),
                ),
                (
                    "frontchannel_logout_uri",
                    models.URLField(blank=True, default="", max_length=2000, verbose_name="front-channel logout URI"),
                ),
                (
                    "frontchannel_logout_session_required",
                    models.BooleanField(default=False, verbose_name="front-channel logout needs sid"),
                ),
                (
                    "backchannel_logout_uri",
                    models.URLField(blank=True, default="", max_length=2000, verbose_name="back-channel logout URI"),
                ),
                (
                    "backchannel_logout_session_required",
                    models.BooleanField(default=False, verbose_name="back-channel logout needs sid"),
                ),
                ("software_id", models.CharField(blank=True, default="", max_length=255, verbose_name="software ID")),
                (
                    "software_version",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="software version"),
                ),
                ("default_max_age", models.PositiveIntegerField(blank=True, null=True, verbose_name="default max age")),
                ("require_auth_time", models.BooleanField(default=False, verbose_name="auth_time required")),
                ("client_uri", models.URLField(blank=True, default="", max_length=2000, verbose_name="home page")),
                ("logo_uri", models.URLField(blank=True, default="", max_length=2000, verbose_name="logo")),
                ("policy_uri", models.URLField(blank=True, default="", max_length=2000, verbose_name="privacy policy")),
                ("tos_uri", models.URLField(blank=True, default="", max_length=2000, verbose_name="terms of service")),
                (
                    "brand",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Colours of the pages while people are on their way to this client; over those of its issuer.",
                        validators=[oauth_server.models.fields.validate_brand],
                        verbose_name="brand",
                    ),
                ),
                ("contacts", models.JSONField(blank=True, default=list, verbose_name="contacts")),
                ("client_jwks", models.JSONField(blank=True, null=True, verbose_name="JWKS")),
                ("client_jwks_uri", models.URLField(blank=True, default="", max_length=2000, verbose_name="JWKS URI")),
                (
                    "require_pushed_authorization_requests",
                    models.BooleanField(default=False, verbose_name="pushed authorization requests required"),
                ),
                (
                    "require_signed_request_object",
                    models.BooleanField(default=False, verbose_name="signed request objects required"),
                ),
                ("response_modes", models.JSONField(blank=True, default=list, verbose_name="response modes")),
                ("metadata", models.JSONField(blank=True, default=dict, verbose_name="further metadata")),
                (
                    "owner",
                    models.CharField(
                        blank=True, db_index=True, default="", max_length=255, verbose_name="owner by name"
                    ),
                ),
                (
                    "access_token_strategy",
                    models.CharField(
                        blank=True,
                        choices=[("opaque", "opaque"), ("jwt", "JWT")],
                        default="",
                        max_length=6,
                        verbose_name="access token format",
                    ),
                ),
                ("skip_logout_consent", models.BooleanField(default=False, verbose_name="no question at sign-out")),
                ("lifespans", models.JSONField(blank=True, default=dict, verbose_name="lifespans")),
                (
                    "registration_source",
                    models.CharField(
                        choices=[
                            ("manual", "Manual"),
                            ("dcr", "Dynamic Client Registration"),
                            ("cimd", "Client ID Metadata Document"),
                        ],
                        default="manual",
                        max_length=32,
                        verbose_name="registered by",
                    ),
                ),
                (
                    "awaits_approval",
                    models.BooleanField(default=False, editable=False, verbose_name="waits for approval"),
                ),
                ("likeness", models.CharField(blank=True, db_index=True, default="", editable=False, max_length=64)),
                ("registration_access_token", models.CharField(blank=True, default="", editable=False, max_length=64)),
                (
                    "cimd_expires_at",
                    models.DateTimeField(blank=True, default=None, null=True, verbose_name="metadata document expires"),
                ),
                (
                    "client_secret",
                    models.CharField(
                        blank=True, default=oauth_server.models.client.unusable_secret, editable=False, max_length=255
                    ),
                ),
                ("tokens_not_before", models.DateTimeField(blank=True, null=True, verbose_name="tokens not before")),
                ("version", models.BigIntegerField(default=oauth_server.models.fields.random_version, editable=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "audiences",
                    models.ManyToManyField(
                        blank=True, related_name="clients", to="oauth_server.audience", verbose_name="audiences"
                    ),
                ),
            ],
            options={
                "verbose_name": "client",
                "verbose_name_plural": "clients",
            },
        ),
        migrations.CreateModel(
            name="ClientSecret",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("digest", "generated"), ("hash", "chosen")],
                        default="digest",
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("verifier", models.CharField(editable=False, max_length=255)),
                ("digest_key", models.CharField(default=oauth_server.digest.first_key, editable=False, max_length=16)),
                ("sealed", models.TextField(blank=True, default="", editable=False)),
                ("hint", models.CharField(blank=True, editable=False, max_length=8, verbose_name="ends with")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("expires", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
            ],
            options={
                "verbose_name": "client secret",
                "verbose_name_plural": "client secrets",
                "ordering": ["-created", "-pk"],
                "permissions": [("view_secrets", "Can make client secrets, which are shown once")],
            },
        ),
        migrations.CreateModel(
            name="JobRun",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=64, unique=True, verbose_name="command")),
                ("finished", models.DateTimeField(verbose_name="last run")),
            ],
            options={
                "verbose_name": "run of a command",
                "verbose_name_plural": "runs of commands",
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True, verbose_name="time")),
                ("event", models.CharField(db_index=True, max_length=64, verbose_name="event")),
                ("actor", models.CharField(blank=True, db_index=True, max_length=300, verbose_name="actor")),
                ("issuer", models.CharField(blank=True, max_length=36, verbose_name="issuer")),
                ("client_id", models.CharField(blank=True, db_index=True, max_length=255, verbose_name="client ID")),
                ("user_id", models.CharField(blank=True, db_index=True, max_length=64, verbose_name="person")),
                ("object", models.CharField(blank=True, max_length=300, verbose_name="object")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="reason given")),
                ("changes", models.JSONField(blank=True, default=dict, verbose_name="changes")),
                ("address", models.CharField(blank=True, max_length=45, verbose_name="address")),
                ("trace_id", models.CharField(blank=True, db_index=True, max_length=32, verbose_name="trace id")),
            ],
            options={
                "verbose_name": "audit event",
                "verbose_name_plural": "audit log",
                "ordering": ["-id"],
                "permissions": [("export_auditevent", "Can export the audit log")],
                "indexes": [
                    models.Index(
                        condition=models.Q(("address", ""), _negated=True),
                        fields=["at"],
                        name="oauth_server_audit_address",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Authorization",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sub", models.CharField(max_length=255, verbose_name="subject")),
                ("scope", models.TextField(blank=True, verbose_name="scope")),
                ("audiences", models.JSONField(default=list, verbose_name="audiences")),
                ("details", models.JSONField(blank=True, default=list, verbose_name="authorization details")),
                ("claims", models.JSONField(blank=True, default=dict, verbose_name="requested claims")),
                ("extra", models.JSONField(blank=True, default=dict, verbose_name="added claims")),
                ("auth_time", models.DateTimeField(blank=True, null=True, verbose_name="signed in")),
                ("acr", models.CharField(blank=True, max_length=255)),
                ("amr", models.JSONField(blank=True, default=list)),
                ("created", models.DateTimeField(verbose_name="created")),
                ("expires_at", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.authorization",
                        verbose_name="parent",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "authorization",
                "verbose_name_plural": "authorizations",
                "permissions": [("revoke_tokens", "Can revoke all tokens of a client, person, audience or time")],
            },
        ),
        migrations.CreateModel(
            name="ClientLogo",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
                ("digest", models.CharField(db_index=True, max_length=64)),
                ("image", models.BinaryField()),
            ],
            options={
                "verbose_name": "logo",
                "verbose_name_plural": "logos",
            },
        ),
        migrations.AddField(
            model_name="client",
            name="standing",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="standing_of",
                to="oauth_server.authorization",
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="oauth2_provider_application",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddField(
            model_name="authorization",
            name="client",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                verbose_name="client",
            ),
        ),
        migrations.AddField(
            model_name="audience",
            name="introspectors",
            field=models.ManyToManyField(
                blank=True,
                help_text="The clients under which this API asks about tokens.",
                related_name="introspects",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                verbose_name="may introspect",
            ),
        ),
        migrations.CreateModel(
            name="ClientSecretUse",
            fields=[
                (
                    "secret",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="use",
                        serialize=False,
                        to="oauth_server.clientsecret",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="last used")),
            ],
            options={
                "verbose_name": "use of a client secret",
                "verbose_name_plural": "uses of client secrets",
            },
        ),
        migrations.AddField(
            model_name="clientsecret",
            name="client",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="secrets",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                verbose_name="client",
            ),
        ),
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("client_id", models.CharField(blank=True, max_length=255, verbose_name="client ID")),
                (
                    "span",
                    models.CharField(choices=[("hour", "hour"), ("day", "day")], max_length=4, verbose_name="span"),
                ),
                ("at", models.DateTimeField(db_index=True, verbose_name="begins")),
                ("name", models.CharField(max_length=80, verbose_name="what")),
                ("count", models.BigIntegerField(verbose_name="count")),
            ],
            options={
                "verbose_name": "counter",
                "verbose_name_plural": "counters",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client_id", "span", "at", "name"), name="oauth_server_counter_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DeviceRequest",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("device_code", models.CharField(editable=False, max_length=64)),
                ("user_code", models.CharField(editable=False, max_length=64)),
                ("scope", models.TextField(blank=True, verbose_name="scope")),
                ("request", models.JSONField(default=dict, verbose_name="request")),
                ("interval", models.PositiveIntegerField(default=5, verbose_name="interval")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("authorized", "Authorized"),
                            ("authorization-pending", "Authorization pending"),
                            ("expired", "Expired"),
                            ("denied", "Denied"),
                        ],
                        default="authorization-pending",
                        max_length=64,
                        verbose_name="status",
                    ),
                ),
                ("address", models.GenericIPAddressField(blank=True, null=True, verbose_name="address")),
                ("user_agent", models.CharField(blank=True, max_length=300, verbose_name="program")),
                ("entries", models.PositiveSmallIntegerField(default=0, verbose_name="entries")),
                ("created", models.DateTimeField(verbose_name="created")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("last_checked", models.DateTimeField(blank=True, null=True, verbose_name="last poll")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="used")),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="client",
                    ),
                ),
                (
                    "authorization",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.authorization",
                        verbose_name="authorization",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "device request",
                "verbose_name_plural": "device requests",
            },
        ),
        migrations.CreateModel(
            name="IDToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("jti", models.UUIDField(editable=False, unique=True)),
                ("expires", models.DateTimeField()),
                ("scope", models.TextField(blank=True)),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "application",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "ID token",
            },
        ),
        migrations.CreateModel(
            name="Issuer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                (
                    "slug",
                    models.CharField(
                        blank=True,
                        help_text="The first part of the path of this issuer's URLs.",
                        max_length=63,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9][a-z0-9-]*\\Z", "Use lower-case letters, digits and hyphens."
                            )
                        ],
                        verbose_name="slug",
                    ),
                ),
                (
                    "url",
                    models.CharField(
                        blank=True,
                        help_text="Only for an issuer with a host of its own, such as https://id.example.org.",
                        max_length=255,
                        verbose_name="URL",
                    ),
                ),
                (
                    "brand",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Colours and logo of the pages: primary, primary_dark, background, background_dark, logo.",
                        validators=[oauth_server.models.fields.validate_brand],
                        verbose_name="brand",
                    ),
                ),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
                ("version", models.BigIntegerField(default=oauth_server.models.fields.random_version, editable=False)),
                (
                    "tokens_not_before",
                    models.DateTimeField(
                        blank=True,
                        help_text="Whatever was issued before this time is dead.",
                        null=True,
                        verbose_name="tokens not before",
                    ),
                ),
                (
                    "stopped_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="issuing stopped since"),
                ),
                (
                    "stopped_because",
                    models.CharField(blank=True, editable=False, max_length=500, verbose_name="reason"),
                ),
                ("pairwise_salt", models.TextField(default=oauth_server.models.issuer.sealed_salt, editable=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
            ],
            options={
                "verbose_name": "issuer",
                "verbose_name_plural": "issuers",
                "permissions": [("switch_incident", "Can use the incident switch")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("url", "")), fields=("slug",), name="oauth_server_issuer_slug"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("url", ""), _negated=True), fields=("url",), name="oauth_server_issuer_url"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Interaction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("handle", models.CharField(editable=False, max_length=64, unique=True)),
                ("browser", models.CharField(editable=False, max_length=64)),
                ("request", models.JSONField()),
                ("source", models.JSONField(default=dict)),
                ("settled", models.JSONField(default=dict)),
                ("created", models.DateTimeField(verbose_name="created")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_DEVICE_GRANT_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.issuer",
                    ),
                ),
            ],
            options={
                "verbose_name": "interaction",
                "verbose_name_plural": "interactions",
            },
        ),
        migrations.CreateModel(
            name="InitialAccessToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "name",
                    models.CharField(
                        blank=True, help_text="To whom it was given, or what for.", max_length=100, verbose_name="name"
                    ),
                ),
                ("token", models.CharField(editable=False, max_length=64)),
                ("hint", models.CharField(editable=False, max_length=8, verbose_name="ends with")),
                (
                    "scope",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="What its clients may ask for at most. Empty: what the setting REGISTRATION_SCOPES says.",
                        verbose_name="scope",
                    ),
                ),
                (
                    "most",
                    models.PositiveIntegerField(
                        default=1, help_text="0: without limit.", verbose_name="clients at most"
                    ),
                ),
                ("used", models.PositiveIntegerField(default=0, editable=False, verbose_name="clients registered")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("created_by", models.CharField(blank=True, editable=False, max_length=300, verbose_name="created by")),
                ("expires", models.DateTimeField(blank=True, db_index=True, null=True, verbose_name="expires")),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="initial_access_tokens",
                        to="oauth_server.issuer",
                        verbose_name="issuer",
                    ),
                ),
            ],
            options={
                "verbose_name": "initial access token",
                "verbose_name_plural": "initial access tokens",
                "ordering": ["-created", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="client",
            name="issuer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="clients",
                to="oauth_server.issuer",
                verbose_name="issuer",
            ),
        ),
        migrations.CreateModel(
            name="AuthorizationDetailType",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "type",
                    models.CharField(
                        help_text="As clients send it, such as payment_initiation, or a URI of your own.",
                        max_length=255,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[\\x21\\x23-\\x2b\\x2d-\\x5b\\x5d-\\x7e]+\\Z",
                                "Use printable ASCII without spaces, commas, quotes and backslashes.",
                            )
                        ],
                        verbose_name="type",
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        help_text="What the person allows, such as “Make a payment”.",
                        max_length=120,
                        verbose_name="title",
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=300, verbose_name="description")),
                (
                    "words",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='What members and values are called: {"en": {"actions": "It may", "actions=read": "look"}}',
                        verbose_name="words",
                    ),
                ),
                (
                    "translations",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Title and description by language code: {"de": {"title": …}}',
                        verbose_name="translations",
                    ),
                ),
                (
                    "schema",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="The members that such a detail has, as a JSON Schema; empty: those of RFC 9396 §2.2, none required.",
                        verbose_name="schema",
                    ),
                ),
                (
                    "optional",
                    models.BooleanField(
                        default=False,
                        help_text="The person may leave it out and allow the rest.",
                        verbose_name="optional",
                    ),
                ),
                ("sensitive", models.BooleanField(default=False, verbose_name="sensitive")),
                (
                    "remember",
                    models.BooleanField(
                        default=False,
                        help_text="Who allowed exactly the same before is not asked again. Not for what happens once, such as a payment.",
                        verbose_name="remembered",
                    ),
                ),
                (
                    "audience",
                    models.ForeignKey(
                        blank=True,
                        help_text="The API that these details are for; none: the APIs that their locations name, or any.",
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="detail_types",
                        to="oauth_server.audience",
                        verbose_name="audience",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="detail_types",
                        to="oauth_server.issuer",
                        verbose_name="issuer",
                    ),
                ),
            ],
            options={
                "verbose_name": "authorization detail type",
                "verbose_name_plural": "authorization detail types",
                "ordering": ["type"],
            },
        ),
        migrations.AddField(
            model_name="audience",
            name="issuer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="audiences",
                to="oauth_server.issuer",
                verbose_name="issuer",
            ),
        ),
        migrations.CreateModel(
            name="PushedRequest",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("handle", models.CharField(editable=False, max_length=64)),
                ("parameters", models.JSONField()),
                ("signed", models.BooleanField(default=False)),
                ("trial", models.BooleanField(default=False)),
                ("created", models.DateTimeField(verbose_name="created")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("visited_at", models.DateTimeField(blank=True, null=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="client",
                    ),
                ),
            ],
            options={
                "verbose_name": "pushed authorization request",
                "verbose_name_plural": "pushed authorization requests",
            },
        ),
        migrations.CreateModel(
            name="RefreshToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token", models.TextField(blank=True, default="", editable=False)),
                (
                    "token_checksum",
                    oauth_server.models.fields.DigestField("refresh_token", editable=False, max_length=64),
                ),
                ("scope", models.TextField(blank=True, verbose_name="scope")),
                ("resource", models.JSONField(blank=True, default=list, verbose_name="audiences")),
                ("sealed", models.TextField(blank=True, default="", editable=False)),
                ("created", models.DateTimeField(verbose_name="issued")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="used")),
                ("revoked", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="client",
                    ),
                ),
                (
                    "authorization",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.authorization",
                        verbose_name="authorization",
                    ),
                ),
                (
                    "previous",
                    models.OneToOneField(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="successor",
                        to=settings.OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL,
                        verbose_name="previous",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="oauth2_provider_refreshtoken",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "refresh token",
                "verbose_name_plural": "refresh tokens",
            },
        ),
        migrations.CreateModel(
            name="Replay",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=32)),
                ("value", models.CharField(max_length=64)),
                ("expires", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "value"), name="oauth_server_replay_once")],
            },
        ),
        migrations.CreateModel(
            name="Scope",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "name",
                    models.CharField(
                        max_length=120,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[\\x21\\x23-\\x2b\\x2d-\\x5b\\x5d-\\x7e]+\\Z",
                                "Use printable ASCII without spaces, commas, quotes and backslashes.",
                            )
                        ],
                        verbose_name="name",
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        help_text="What the person allows, such as “Read your orders”.",
                        max_length=120,
                        verbose_name="title",
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=300, verbose_name="description")),
                (
                    "translations",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Title and description by language code: {"de": {"title": …}}',
                        verbose_name="translations",
                    ),
                ),
                (
                    "claims",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Claims about the person that this scope releases.",
                        verbose_name="claims",
                    ),
                ),
                (
                    "required",
                    models.BooleanField(
                        default=False, help_text="It cannot be left out on the consent page.", verbose_name="required"
                    ),
                ),
                ("sensitive", models.BooleanField(default=False, verbose_name="sensitive")),
                ("skip_consent", models.BooleanField(default=False, verbose_name="no consent needed")),
                (
                    "tokens_not_before",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="tokens not before"),
                ),
                (
                    "consent_not_before",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="consents not before"),
                ),
                (
                    "audience",
                    models.ForeignKey(
                        blank=True,
                        help_text="The API that this scope belongs to; none for what this server itself knows of the person.",
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="scopes",
                        to="oauth_server.audience",
                        verbose_name="audience",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scopes",
                        to="oauth_server.issuer",
                        verbose_name="issuer",
                    ),
                ),
            ],
            options={
                "verbose_name": "scope",
                "verbose_name_plural": "scopes",
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="client",
            name="scopes",
            field=models.ManyToManyField(
                blank=True, related_name="clients", to="oauth_server.scope", verbose_name="scopes"
            ),
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("auth_time", models.DateTimeField(verbose_name="signed in")),
                ("acr", models.CharField(blank=True, max_length=255, verbose_name="authentication context")),
                ("amr", models.JSONField(default=list, verbose_name="authentication methods")),
                ("auth_hash", models.CharField(editable=False, max_length=64)),
                ("user_agent", models.CharField(blank=True, max_length=300, verbose_name="browser")),
                ("address", models.GenericIPAddressField(blank=True, null=True, verbose_name="address")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("last_seen", models.DateTimeField(default=oauth_server.clock.now, verbose_name="last seen")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "issuer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.issuer",
                        verbose_name="issuer",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
            },
        ),
        migrations.CreateModel(
            name="LogoutDelivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("delivered", "delivered"), ("failed", "given up")],
                        default="waiting",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("next_attempt", models.DateTimeField(blank=True, null=True, verbose_name="next attempt")),
                ("last_error", models.CharField(blank=True, max_length=500, verbose_name="last error")),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="delivered")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("sub", models.CharField(max_length=255, verbose_name="subject")),
                ("created", models.DateTimeField(verbose_name="signed out")),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="client",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.issuer",
                        verbose_name="issuer",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.session",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "back-channel logout",
                "verbose_name_plural": "back-channel logouts",
            },
        ),
        migrations.CreateModel(
            name="Challenge",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("login", "login"),
                            ("consent", "consent"),
                            ("device", "device"),
                            ("logout", "logout"),
                        ],
                        max_length=7,
                        verbose_name="kind",
                    ),
                ),
                ("challenge", models.CharField(editable=False, max_length=64, unique=True)),
                ("verifier", models.CharField(blank=True, db_index=True, editable=False, max_length=64)),
                ("browser", models.CharField(blank=True, editable=False, max_length=64)),
                ("request", models.JSONField(default=dict, verbose_name="request")),
                ("answer", models.JSONField(blank=True, default=dict, verbose_name="answer")),
                ("created", models.DateTimeField(verbose_name="created")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="used")),
                ("remembered_until", models.DateTimeField(blank=True, null=True, verbose_name="remembered until")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="client",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_DEVICE_GRANT_MODEL,
                    ),
                ),
                (
                    "interaction",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.interaction",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.issuer",
                        verbose_name="issuer",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.session",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "challenge",
                "verbose_name_plural": "challenges",
            },
        ),
        migrations.AddField(
            model_name="authorization",
            name="session",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="oauth_server.session",
                verbose_name="session",
            ),
        ),
        migrations.CreateModel(
            name="SessionClient",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sub", models.CharField(max_length=255, verbose_name="subject")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="client",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.session",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "client of a session",
                "verbose_name_plural": "clients of sessions",
            },
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kid", models.CharField(max_length=64, unique=True, verbose_name="key ID")),
                ("algorithm", models.CharField(max_length=5, verbose_name="algorithm")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("next", "next"),
                            ("active", "active"),
                            ("retiring", "retiring"),
                            ("gone", "gone"),
                            ("revoked", "revoked"),
                        ],
                        default="next",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("public", models.JSONField(editable=False, verbose_name="public key")),
                ("sealed", models.TextField(blank=True, editable=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="published")),
                ("activated", models.DateTimeField(blank=True, null=True, verbose_name="active since")),
                ("retired", models.DateTimeField(blank=True, null=True, verbose_name="retiring since")),
                ("gone", models.DateTimeField(blank=True, null=True, verbose_name="gone since")),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="oauth_server.issuer",
                        verbose_name="issuer",
                    ),
                ),
            ],
            options={
                "verbose_name": "signing key",
                "verbose_name_plural": "signing keys",
                "ordering": ["-created", "-pk"],
                "permissions": [("rotate_keys", "Can rotate signing keys"), ("revoke_keys", "Can revoke signing keys")],
            },
        ),
        migrations.CreateModel(
            name="StorageKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("setting", models.CharField(max_length=20)),
                ("fingerprint", models.CharField(max_length=16)),
                ("since", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(blank=True, null=True)),
                ("needed", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("setting", "fingerprint"), name="oauth_server_storage_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key_set", models.CharField(max_length=255, verbose_name="set")),
                ("kid", models.CharField(max_length=255, verbose_name="key ID")),
                ("public", models.JSONField(editable=False, verbose_name="public key")),
                ("sealed", models.TextField(blank=True, default="", editable=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth_server.issuer",
                        verbose_name="issuer",
                    ),
                ),
            ],
            options={
                "verbose_name": "stored key",
                "verbose_name_plural": "stored keys",
            },
        ),
        migrations.CreateModel(
            name="TrustedIssuer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "identifier",
                    models.CharField(
                        help_text="The value of iss in its assertions.",
                        max_length=500,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[\\x21-\\x7e]+\\Z", "Use printable ASCII without spaces."
                            )
                        ],
                        verbose_name="identifier",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
                (
                    "expires",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until when it is trusted. Empty: until it is turned off.",
                        null=True,
                        verbose_name="expires",
                    ),
                ),
                (
                    "jwks",
                    models.JSONField(
                        blank=True, help_text="Its public keys: {“keys”: […]}.", null=True, verbose_name="JWKS"
                    ),
                ),
                (
                    "jwks_uri",
                    models.URLField(
                        blank=True,
                        default="",
                        help_text="Where its keys are; instead of JWKS.",
                        max_length=2000,
                        verbose_name="JWKS URI",
                    ),
                ),
                (
                    "subject_kind",
                    models.CharField(
                        choices=[
                            ("person", "a person of this server, by the identifier that clients know as sub"),
                            ("other", "somebody or something that only the trusted issuer knows"),
                        ],
                        default="other",
                        max_length=6,
                        verbose_name="its subjects are",
                    ),
                ),
                (
                    "subjects",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="The values of sub that it may name, as a list.",
                        verbose_name="subjects",
                    ),
                ),
                (
                    "any_subject",
                    models.BooleanField(
                        default=False,
                        help_text="It may name whom it likes. With people as subjects: it can get tokens for every one of them.",
                        verbose_name="any subject",
                    ),
                ),
                (
                    "signs_software_statements",
                    models.BooleanField(
                        default=False,
                        help_text="What it says about software counts when clients register themselves (RFC 7591).",
                        verbose_name="signs software statements",
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "audiences",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The APIs that its tokens may be for; the client must be allowed the same.",
                        related_name="+",
                        to="oauth_server.audience",
                        verbose_name="audiences",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="trusted_issuers",
                        to="oauth_server.issuer",
                        verbose_name="issuer",
                    ),
                ),
                (
                    "scopes",
                    models.ManyToManyField(
                        blank=True,
                        help_text="What it may give; the client must be allowed the same.",
                        related_name="+",
                        to="oauth_server.scope",
                        verbose_name="scopes",
                    ),
                ),
            ],
            options={
                "verbose_name": "trusted issuer",
                "verbose_name_plural": "trusted issuers",
                "ordering": ["identifier"],
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("delivered", "delivered"), ("failed", "given up")],
                        default="waiting",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("next_attempt", models.DateTimeField(blank=True, null=True, verbose_name="next attempt")),
                ("last_error", models.CharField(blank=True, max_length=500, verbose_name="last error")),
                ("created", models.DateTimeField(verbose_name="created")),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="delivered")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.auditevent",
                        verbose_name="audit event",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook delivery",
                "verbose_name_plural": "webhook deliveries",
            },
        ),
        migrations.CreateModel(
            name="AuthorizationCode",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(editable=False, max_length=64)),
                ("redirect_uri", models.TextField(verbose_name="redirect URI")),
                ("redirect_uri_given", models.BooleanField(default=True)),
                ("scope", models.TextField(blank=True, verbose_name="scope")),
                ("code_challenge", models.CharField(blank=True, default="", max_length=128)),
                ("code_challenge_method", models.CharField(blank=True, default="", max_length=10)),
                ("nonce", models.CharField(blank=True, default="", max_length=2000)),
                ("claims", models.TextField(blank=True)),
                ("resource", models.JSONField(blank=True, default=list, verbose_name="resource")),
                ("created", models.DateTimeField(verbose_name="created")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="used")),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "authorization",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.authorization",
                        verbose_name="authorization",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="client",
                    ),
                ),
            ],
            options={
                "verbose_name": "authorization code",
                "verbose_name_plural": "authorization codes",
                "constraints": [models.UniqueConstraint(fields=("code",), name="oauth_server_code_digest")],
            },
        ),
        migrations.CreateModel(
            name="AccessToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token", models.TextField(blank=True, default="", editable=False)),
                (
                    "token_checksum",
                    oauth_server.models.fields.DigestField("access_token", editable=False, max_length=64),
                ),
                ("scope", models.TextField(blank=True, verbose_name="scope")),
                ("resource", models.JSONField(default=list, verbose_name="audiences")),
                ("details", models.JSONField(blank=True, null=True, verbose_name="authorization details")),
                ("created", models.DateTimeField(verbose_name="issued")),
                ("expires", models.DateTimeField(db_index=True, verbose_name="expires")),
                ("revoked", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="oauth2_provider_accesstoken",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "authorization",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="oauth_server.authorization",
                        verbose_name="authorization",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="client",
                    ),
                ),
            ],
            options={
                "verbose_name": "access token",
                "verbose_name_plural": "access tokens",
                "constraints": [
                    models.UniqueConstraint(fields=("token_checksum",), name="oauth_server_at_digest"),
                    models.CheckConstraint(condition=models.Q(("token", "")), name="oauth_server_at_no_clear_token"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="devicerequest",
            constraint=models.UniqueConstraint(fields=("device_code",), name="oauth_server_device_code"),
        ),
        migrations.AddConstraint(
            model_name="devicerequest",
            constraint=models.UniqueConstraint(fields=("user_code",), name="oauth_server_user_code"),
        ),
        migrations.AddConstraint(
            model_name="initialaccesstoken",
            constraint=models.UniqueConstraint(fields=("token",), name="oauth_server_initial_access_token"),
        ),
        migrations.AddConstraint(
            model_name="authorizationdetailtype",
            constraint=models.UniqueConstraint(fields=("issuer", "type"), name="oauth_server_detail_type"),
        ),
        migrations.AddConstraint(
            model_name="audience",
            constraint=models.UniqueConstraint(
                fields=("issuer", "identifier"), name="oauth_server_audience_identifier"
            ),
        ),
        migrations.AddConstraint(
            model_name="pushedrequest",
            constraint=models.UniqueConstraint(fields=("handle",), name="oauth_server_pushed_request_handle"),
        ),
        migrations.AddConstraint(
            model_name="refreshtoken",
            constraint=models.UniqueConstraint(fields=("token_checksum",), name="oauth_server_rt_digest"),
        ),
        migrations.AddConstraint(
            model_name="refreshtoken",
            constraint=models.CheckConstraint(condition=models.Q(("token", "")), name="oauth_server_rt_no_clear_token"),
        ),
        migrations.AddConstraint(
            model_name="scope",
            constraint=models.UniqueConstraint(fields=("issuer", "name"), name="oauth_server_scope_name"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)), fields=["expires", "id"], name="oauth_server_ended"
            ),
        ),
        migrations.AddIndex(
            model_name="logoutdelivery",
            index=models.Index(fields=["state", "id"], name="oauth_server_logout_state"),
        ),
        migrations.AddIndex(
            model_name="logoutdelivery",
            index=models.Index(
                condition=models.Q(("next_attempt__isnull", False)),
                fields=["next_attempt"],
                name="oauth_server_logout_due",
            ),
        ),
        migrations.AddIndex(
            model_name="challenge",
            index=models.Index(fields=["client", "user"], name="oauth_server_challenge_of"),
        ),
        migrations.AddIndex(
            model_name="authorization",
            index=models.Index(
                condition=models.Q(("revoked_at__isnull", False)),
                fields=["expires_at", "id"],
                name="oauth_server_revoked",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionclient",
            constraint=models.UniqueConstraint(fields=("session", "client"), name="oauth_server_session_client"),
        ),
        migrations.AddConstraint(
            model_name="signingkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")),
                fields=("issuer", "algorithm"),
                name="oauth_server_one_active_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="signingkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "next")), fields=("issuer", "algorithm"), name="oauth_server_one_next_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="storedkey",
            constraint=models.UniqueConstraint(fields=("issuer", "key_set", "kid"), name="oauth_server_stored_key_kid"),
        ),
        migrations.AddConstraint(
            model_name="trustedissuer",
            constraint=models.UniqueConstraint(
                fields=("issuer", "identifier"), name="oauth_server_trusted_issuer_identifier"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("next_attempt__isnull", False)),
                fields=["next_attempt"],
                name="oauth_server_webhook_due",
            ),
        ),
    ]
