"""RFC 7591 §2 client metadata as the form of a client orders it, and which of it is for whom."""

from typing import Any

from django.utils.translation import gettext_lazy

from oauth_server.admin.branded import FIELDS

# What lets a client reach people without their consent: for those who may change the issuer itself
TRUST = ("skip_authorization", "verified", "publisher")
# What that trust was given to: who the client is, how it proves it, where its answers go, and what it may have unasked
TRUSTED = (
    "name",
    "grant_types",
    "response_types",
    "redirect_uris",
    "require_pkce",
    "request_uris",
    "token_endpoint_auth_method",
    "client_jwks",
    "client_jwks_uri",
    "scopes",
    "default_scopes",
    "audiences",
    "authorization_details_types",
    "client_uri",
    "logo_uri",
    "logo_file",
    *FIELDS,
)
FIELDSETS: Any = (
    (None, {"fields": ("issuer", "client_id", "name", "user", "enabled")}),
    (gettext_lazy("How it asks"), {"fields": ("grant_types", "response_types", "redirect_uris", "require_pkce")}),
    (
        gettext_lazy("How its requests travel"),
        {
            "classes": ("collapse",),
            "fields": (
                "response_modes",
                "require_pushed_authorization_requests",
                "require_signed_request_object",
                "request_object_signing_alg",
                "request_uris",
            ),
        },
    ),
    (
        gettext_lazy("How it proves who it is"),
        {
            "fields": (
                "token_endpoint_auth_method",
                "client_jwks",
                "client_jwks_uri",
                "token_endpoint_auth_signing_alg",
            )
        },
    ),
    (
        gettext_lazy("What it may have"),
        {
            "fields": (
                "scopes",
                "default_scopes",
                "audiences",
                "authorization_details_types",
                "refresh_token_rule",
                "lifespans",
                "allowed_origins",
            )
        },
    ),
    (
        gettext_lazy("What people see"),
        {
            "fields": (
                "logo_shown",
                "logo_file",
                "logo_gone",
                "client_uri",
                "logo_uri",
                "policy_uri",
                "tos_uri",
                "contacts",
                "initiate_login_uri",
                *FIELDS,
            )
        },
    ),
    (gettext_lazy("Trust"), {"fields": (*TRUST, "accepts_fewer_scopes")}),
    (
        gettext_lazy("Sign-in"),
        {"fields": ("algorithm", "default_max_age", "require_auth_time", "default_acr_values")},
    ),
    (
        gettext_lazy("How it learns of a person"),
        {
            "classes": ("collapse",),
            "fields": (
                "subject_type",
                "sector_identifier_uri",
                "id_token_audiences",
                "id_token_encrypted_response_alg",
                "id_token_encrypted_response_enc",
                "userinfo_signed_response_alg",
                "userinfo_encrypted_response_alg",
                "userinfo_encrypted_response_enc",
            ),
        },
    ),
    (
        gettext_lazy("Sign-out"),
        {"fields": ("post_logout_redirect_uris", "backchannel_logout_uri", "frontchannel_logout_uri")},
    ),
    (
        gettext_lazy("Record"),
        {
            "fields": (
                "tokens_not_before",
                "consent_not_before",
                "registration_source",
                "created",
                "updated",
                "holdings",
            )
        },
    ),
)
