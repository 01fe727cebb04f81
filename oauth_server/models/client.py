"""RFC 6749 §2 client, with the metadata of RFC 7591 §2 and OpenID Connect Dynamic Client Registration 1.0 §2.

Concrete subclass of django-oauth-toolkit's application: its columns keep their names and types where it has them.
"""

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.generators import generate_client_id
from oauth2_provider.models import AbstractApplication

from oauth_server import uris
from oauth_server.models.fields import random_version, reference, validate_brand

_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
# DOT's names of the grants, and the wire's
_DOT_GRANTS = {
    "authorization-code": "authorization_code",
    "client-credentials": "client_credentials",
    "openid-hybrid": "authorization_code",
}


def unusable_secret() -> str:
    """What DOT's `client_secret` column holds: a hash that is recognised and that nothing matches; secrets are in `ClientSecret`."""
    return f"pbkdf2_sha256$1${secrets.token_hex(8)}${secrets.token_hex(32)}"


def default_grant_types() -> list[str]:
    return ["authorization_code"]


def default_response_types() -> list[str]:
    return ["code"]


class Client(AbstractApplication):
    class RefreshTokenRule(models.TextChoices):
        OFFLINE_ACCESS = "offline_access", _("When offline_access was granted")
        ALWAYS = "always", _("Always")

    class Algorithm(models.TextChoices):
        RS256 = "RS256", "RS256"
        PS256 = "PS256", "PS256"
        ES256 = "ES256", "ES256"
        EDDSA = "EdDSA", "EdDSA"

    id = models.BigAutoField(primary_key=True)
    issuer = models.ForeignKey(
        "oauth_server.Issuer", on_delete=models.CASCADE, related_name="clients", verbose_name=_("issuer")
    )
    client_id = models.CharField(_("client ID"), max_length=255, unique=True, default=generate_client_id)
    name = models.CharField(_("name"), max_length=255, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="oauth2_provider_application",
        null=True,
        blank=True,
        verbose_name=_("owner"),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    grant_types = models.JSONField(_("grant types"), default=default_grant_types)
    response_types = models.JSONField(_("response types"), default=default_response_types, blank=True)
    token_endpoint_auth_method = models.CharField(
        _("authentication method"), max_length=32, default="client_secret_basic"
    )
    redirect_uris = models.TextField(_("redirect URIs"), blank=True, help_text=_("Separated by spaces or lines."))
    post_logout_redirect_uris = models.TextField(_("post logout redirect URIs"), blank=True, default="")
    allowed_origins = models.TextField(
        _("allowed origins"),
        blank=True,
        default="",
        help_text=_("Origins of browser apps that may call the endpoints (CORS)."),
    )
    scopes = models.ManyToManyField("oauth_server.Scope", blank=True, related_name="clients", verbose_name=_("scopes"))
    default_scopes = models.TextField(
        _("default scopes"), blank=True, default="", help_text=_("Granted to a request without scope.")
    )
    audiences = models.ManyToManyField(
        "oauth_server.Audience", blank=True, related_name="clients", verbose_name=_("audiences")
    )
    require_pkce = models.BooleanField(_("PKCE required"), default=True)
    skip_authorization = models.BooleanField(
        _("first party"),
        default=False,
        help_text=_("People are not asked for consent: the client belongs to the operator of this server."),
    )
    accepts_fewer_scopes = models.BooleanField(
        _("accepts fewer scopes"), default=False, help_text=_("People may grant a part of what is asked.")
    )
    verified = models.BooleanField(
        _("verified"), default=False, help_text=_("The operator has checked who runs this client.")
    )
    publisher = models.CharField(
        _("publisher"),
        max_length=200,
        blank=True,
        default="",
        help_text=_("Who runs it, in words for people; shown while the client is verified."),
    )
    # The digest of its `ClientLogo`; empty: it has none
    logo = models.CharField(max_length=64, blank=True, default="", editable=False)
    # What people agreed to before is asked for again
    consent_not_before = models.DateTimeField(_("consents not before"), null=True, blank=True, editable=False)
    refresh_token_rule = models.CharField(
        _("refresh tokens"), max_length=16, choices=RefreshTokenRule.choices, default=RefreshTokenRule.OFFLINE_ACCESS
    )
    algorithm = models.CharField(
        _("ID token algorithm"), max_length=5, choices=Algorithm.choices, default=Algorithm.RS256
    )
    subject_type = models.CharField(
        _("subject type"),
        max_length=8,
        choices=[("public", _("public")), ("pairwise", _("pairwise"))],
        default="public",
    )
    id_token_audiences = models.JSONField(
        _("further audiences of ID tokens"),
        default=list,
        blank=True,
        help_text=_("Client IDs that may take this client's ID tokens as well; azp then names this one."),
    )
    sector_identifier_uri = models.URLField(_("sector identifier URI"), blank=True, default="", max_length=2000)
    application_type = models.CharField(
        _("application type"),
        max_length=6,
        choices=[("web", _("web")), ("native", _("native"))],
        default="web",
    )
    # Empty: plain JSON from UserInfo, no encryption, any algorithm of a request object or an assertion
    id_token_encrypted_response_alg = models.CharField(_("ID token encryption"), max_length=32, blank=True, default="")
    id_token_encrypted_response_enc = models.CharField(
        _("ID token content encryption"), max_length=32, blank=True, default=""
    )
    userinfo_signed_response_alg = models.CharField(_("UserInfo algorithm"), max_length=5, blank=True, default="")
    userinfo_encrypted_response_alg = models.CharField(_("UserInfo encryption"), max_length=32, blank=True, default="")
    userinfo_encrypted_response_enc = models.CharField(
        _("UserInfo content encryption"), max_length=32, blank=True, default=""
    )
    request_object_signing_alg = models.CharField(_("request object algorithm"), max_length=5, blank=True, default="")
    token_endpoint_auth_signing_alg = models.CharField(_("assertion algorithm"), max_length=5, blank=True, default="")
    request_uris = models.JSONField(_("request URIs"), default=list, blank=True)
    default_acr_values = models.JSONField(_("default ACR values"), default=list, blank=True)
    # RFC 9396 §10
    authorization_details_types = models.JSONField(
        _("authorization detail types"),
        default=list,
        blank=True,
        help_text=_("The types of authorization details that this client may ask for."),
    )
    initiate_login_uri = models.URLField(_("login initiation URI"), blank=True, default="", max_length=2000)
    frontchannel_logout_uri = models.URLField(_("front-channel logout URI"), blank=True, default="", max_length=2000)
    frontchannel_logout_session_required = models.BooleanField(_("front-channel logout needs sid"), default=False)
    backchannel_logout_uri = models.URLField(_("back-channel logout URI"), blank=True, default="", max_length=2000)
    backchannel_logout_session_required = models.BooleanField(_("back-channel logout needs sid"), default=False)
    software_id = models.CharField(_("software ID"), max_length=255, blank=True, default="")
    software_version = models.CharField(_("software version"), max_length=255, blank=True, default="")
    default_max_age = models.PositiveIntegerField(_("default max age"), null=True, blank=True)
    require_auth_time = models.BooleanField(_("auth_time required"), default=False)
    client_uri = models.URLField(_("home page"), blank=True, default="", max_length=2000)
    logo_uri = models.URLField(_("logo"), blank=True, default="", max_length=2000)
    policy_uri = models.URLField(_("privacy policy"), blank=True, default="", max_length=2000)
    tos_uri = models.URLField(_("terms of service"), blank=True, default="", max_length=2000)
    brand = models.JSONField(
        _("brand"),
        default=dict,
        blank=True,
        validators=[validate_brand],
        help_text=_("Colours of the pages while people are on their way to this client; over those of its issuer."),
    )
    contacts = models.JSONField(_("contacts"), default=list, blank=True)
    client_jwks = models.JSONField(_("JWKS"), null=True, blank=True)
    client_jwks_uri = models.URLField(_("JWKS URI"), blank=True, default="", max_length=2000)
    require_pushed_authorization_requests = models.BooleanField(
        _("pushed authorization requests required"), default=False
    )
    # RFC 9101 §10.5
    require_signed_request_object = models.BooleanField(_("signed request objects required"), default=False)
    # Empty: every one that fits the response type
    response_modes = models.JSONField(_("response modes"), default=list, blank=True)
    metadata = models.JSONField(_("further metadata"), default=dict, blank=True)
    # Ory's members: whose it is in words of the operator; its tokens whatever the APIs say (empty: as they say); seconds by the
    # names of `policy/lifespans.py`
    owner = models.CharField(_("owner by name"), max_length=255, blank=True, default="", db_index=True)
    access_token_strategy = models.CharField(
        _("access token format"),
        max_length=6,
        choices=[("opaque", _("opaque")), ("jwt", "JWT")],
        blank=True,
        default="",
    )
    skip_logout_consent = models.BooleanField(_("no question at sign-out"), default=False)
    lifespans = models.JSONField(_("lifespans"), default=dict, blank=True)
    registration_source = models.CharField(
        _("registered by"),
        max_length=32,
        choices=AbstractApplication.RegistrationSource.choices,
        default=AbstractApplication.RegistrationSource.MANUAL,
    )
    # RFC 7591 §5: it registered itself and is off until an operator has looked at it
    awaits_approval = models.BooleanField(_("waits for approval"), default=False, editable=False)
    # `registration/likeness.py`: the same for registrations of the same software; empty where nobody registered by themselves
    likeness = models.CharField(max_length=64, blank=True, default="", editable=False, db_index=True)
    # RFC 7592 §2: the digest of the token by which a client that registered itself reads, changes and deletes its registration
    registration_access_token = models.CharField(max_length=64, blank=True, default="", editable=False)
    cimd_expires_at = models.DateTimeField(_("metadata document expires"), null=True, blank=True, default=None)
    client_secret = models.CharField(max_length=255, blank=True, default=unusable_secret, editable=False)
    tokens_not_before = models.DateTimeField(_("tokens not before"), null=True, blank=True)
    version = models.BigIntegerField(default=random_version, editable=False)
    # RFC 6749 §4.4: the one family of the client's own tokens; made with its first token, replaced after a revocation
    standing = reference(
        "oauth_server.Authorization", null=True, blank=True, editable=False, related_name="standing_of"
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    updated = models.DateTimeField(_("updated"), auto_now=True)

    # DOT's flag: whether to hash what is written into `client_secret`; nothing is.
    hash_client_secret = True

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")

    def __str__(self) -> str:
        return self.name or self.client_id

    @property
    def domain(self) -> str:
        """The host that stands for the client on pages: where its answers go. Empty for an app on the person's own device.

        A client that nobody has looked at shows one only where its answers can go nowhere else: a bank's address beside its own, or
        with the device grant, would be a name that it never has to answer to.
        """
        parts = [uris.split(uri) for uri in self.redirect_uris.split()]
        hosts = [part.hostname or "" for part in parts if part.scheme == "https"]
        is_free_to_choose = len({*hosts}) > 1 or len(hosts) < len(parts) or _DEVICE in self.grant_types
        if not hosts or (self.is_a_strangers and is_free_to_choose):
            return ""
        return hosts[0]

    @property
    def is_public(self) -> bool:
        """RFC 6749 §2.1: a client that has no secret to keep."""
        return self.token_endpoint_auth_method == "none"

    @property
    def has_secret(self) -> bool:
        """Whether it authenticates itself by something that both sides know."""
        return self.token_endpoint_auth_method.startswith("client_secret_")

    @property
    def registered_itself(self) -> bool:
        """RFC 7591: nobody of the operator has looked at what it says about itself."""
        return self.registration_source == self.RegistrationSource.DCR

    @property
    def is_a_strangers(self) -> bool:
        """Whether nobody of this server has looked at the client."""
        return self.registration_source != self.RegistrationSource.MANUAL and not self.verified

    @property
    def client_type(self) -> str:
        """DOT's column, derived."""
        return self.CLIENT_PUBLIC if self.is_public else self.CLIENT_CONFIDENTIAL

    @client_type.setter
    def client_type(self, value: str) -> None:
        self.token_endpoint_auth_method = "none" if value == self.CLIENT_PUBLIC else "client_secret_basic"

    @property
    def authorization_grant_type(self) -> str:
        """DOT's column, derived: the first grant type under DOT's name."""
        first = self.grant_types[0] if self.grant_types else ""
        return {wire: dot for dot, wire in reversed(_DOT_GRANTS.items())}.get(first, first)

    @authorization_grant_type.setter
    def authorization_grant_type(self, value: str) -> None:
        self.grant_types = [_DOT_GRANTS.get(value, value)]

    def allows_grant_type(self, *grant_types: str) -> bool:
        """Whether one of these, under DOT's names or the wire's, is among the client's."""
        return any(_DOT_GRANTS.get(name, name) in self.grant_types for name in grant_types)

    def redirect_uri_allowed(self, uri: str) -> bool:
        return uris.is_registered(uri, self.redirect_uris.split())

    def post_logout_redirect_uri_allowed(self, uri: str) -> bool:
        return uris.is_registered(uri, self.post_logout_redirect_uris.split())

    def origin_allowed(self, origin: str) -> bool:
        return origin in self.allowed_origins.split()

    def is_usable(self, request: Any) -> bool:
        """DOT's question before a token of this client is honoured. Its code knows one issuer: the first."""
        return self.enabled and self.issuer.is_first

    def clean(self) -> None:
        """The rules are in `registration/metadata.py`; DOT's own would refuse several grant types."""
