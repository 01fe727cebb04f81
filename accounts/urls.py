"""The addresses of an account, under the names that django-allauth asks for; mounted at `account/`.

`root_urlpatterns` belongs at the root of the host: what is well known has one place.
"""

from allauth.account import app_settings
from allauth.mfa import app_settings as factor_settings
from django.apps import apps
from django.urls import path, re_path

from oauth_server.pages import page

from . import (
    choose,
    deletion,
    email_pages,
    email_undo,
    factor_urls,
    invitations,
    passkey_joining,
    security,
    sessions,
    terms,
    views,
)
from .mounting import flow as _flow
from .mounting import own as _own
from .refusals import guarded

urlpatterns = [
    path("", _own(views.Overview), name="account_overview"),
    path("name/", _own(views.Name), name="account_name"),
    path("profile/", _own(views.Profile), name="account_profile"),
    path("choose/", _flow(choose.Choose), name="account_choose"),
    path("sessions/", _own(sessions.Sessions), name="account_sessions"),
    path("invitation/<str:token>/", _flow(invitations.AcceptInvitation), name="account_invitation"),
    path("terms/", _flow(terms.AcceptTerms), name="account_terms"),
    path("terms/<str:version>/", _own(terms.TermsText), name="account_terms_text"),
    path("email/undo/<str:token>/", _own(email_undo.EmailUndo), name="account_email_undo"),
    path("sign-in/", _flow(views.SignIn), name="account_login"),
    path("sign-in/code/confirm/", _flow(views.SignInCode), name="account_confirm_login_code"),
    path("register/", _flow(views.Registration), name="account_signup"),
    path("sign-out/", _flow(views.SignOut), name="account_logout"),
    path("signed-out/", _own(views.SignedOut), name="account_signed_out"),
    path("inactive/", _flow(views.Inactive), name="account_inactive"),
    path("password/", _own(views.PasswordChange), name="account_change_password"),
    path("password/set/", _own(security.ChoosePassword), name="account_set_password"),
    path("password/reset/", _flow(views.PasswordReset), name="account_reset_password"),
    path("password/reset/sent/", _flow(views.PasswordResetSent), name="account_reset_password_done"),
    path("password/reset/done/", _flow(views.NewPasswordSet), name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        _flow(views.NewPassword),
        name="account_reset_password_from_key",
    ),
    path("delete/", _own(deletion.Delete), name="account_delete"),
    path("email/", _own(email_pages.Email), name="account_email"),
    path(
        "email/confirm/",
        page(leads_to_client=True)(guarded(email_pages.confirmation_sent)),
        name="account_email_verification_sent",
    ),
    re_path(r"^email/confirm/(?P<key>[-:\w]+)/$", _flow(email_pages.ConfirmEmail), name="account_confirm_email"),
    *factor_urls.urlpatterns,
]
if app_settings.LOGIN_BY_CODE_ENABLED:
    urlpatterns.append(path("sign-in/code/", _flow(views.RequestCode), name="account_request_login_code"))
if factor_settings.PASSKEY_SIGNUP_ENABLED:
    urlpatterns += [
        path("register/passkey/", _flow(passkey_joining.RegistrationByPasskey), name="account_signup_by_passkey"),
        path("register/passkey/make/", _flow(passkey_joining.FirstPasskey), name="mfa_signup_webauthn"),
    ]

if apps.is_installed("allauth.socialaccount"):
    from . import social_pages

    urlpatterns += social_pages.urlpatterns

root_urlpatterns = [path(".well-known/change-password", page()(views.change_password))]
