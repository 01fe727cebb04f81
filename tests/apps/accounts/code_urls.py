"""The addresses of a project whose people may sign in with a code by mail (ACCOUNT_LOGIN_BY_CODE_ENABLED), or register with a passkey
(MFA_PASSKEY_SIGNUP_ENABLED).
"""

from django.urls import path

from accounts import passkey_joining, views
from accounts.mounting import flow
from config.urls import urlpatterns as project

urlpatterns = [
    path("account/sign-in/code/", flow(views.RequestCode), name="account_request_login_code"),
    path("account/register/passkey/", flow(passkey_joining.RegistrationByPasskey), name="account_signup_by_passkey"),
    path("account/register/passkey/make/", flow(passkey_joining.FirstPasskey), name="mfa_signup_webauthn"),
    *project,
]
