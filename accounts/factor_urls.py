"""The addresses of second factors and of the security page, under the names that django-allauth asks for."""

from django.urls import path

from . import factor_views, not_me, security, time_left
from .mounting import flow, own

urlpatterns = [
    path("sign-in/passkey/", flow(factor_views.PasskeySignIn), name="mfa_login_webauthn"),
    path("sign-in/second-factor/", flow(factor_views.SecondFactor), name="mfa_authenticate"),
    path("sign-in/more-time/", flow(time_left.MoreTime), name="account_more_time"),
    path("sign-in/second-factor/lost/", flow(factor_views.LostFactor), name="account_second_factor_lost"),
    path("sign-in/second-factor/needed/", flow(factor_views.FactorNeeded), name="account_second_factor_needed"),
    path("sign-in/passkey/offer/", flow(security.PasskeyOffer), name="account_passkey_offer"),
    path("confirm/", flow(factor_views.ConfirmItIsYou), name="account_reauthenticate"),
    path("confirm/code/", flow(factor_views.ConfirmByCode), name="mfa_reauthenticate"),
    path("confirm/passkey/", flow(factor_views.ConfirmByPasskey), name="mfa_reauthenticate_webauthn"),
    path("security/", own(security.Security), name="account_security"),
    # the engine's names for the same page
    path("security/", own(security.Security), name="mfa_index"),
    path("security/", own(security.Security), name="mfa_list_webauthn"),
    path("security/devices/forget/", own(security.ForgetDevices), name="account_forget_devices"),
    path("security/passkeys/add/", flow(security.AddPasskey), name="mfa_add_webauthn"),
    path("security/passkeys/<int:pk>/", own(security.RenamePasskey), name="mfa_edit_webauthn"),
    path("security/passkeys/<int:pk>/remove/", own(security.RemovePasskey), name="mfa_remove_webauthn"),
    path("security/totp/", flow(security.AddTOTP), name="mfa_activate_totp"),
    path("security/totp/remove/", own(security.RemoveTOTP), name="mfa_deactivate_totp"),
    path("security/recovery-codes/", flow(security.RecoveryCodes), name="mfa_view_recovery_codes"),
    path("security/recovery-codes/new/", own(security.NewRecoveryCodes), name="mfa_generate_recovery_codes"),
    path("not-me/<str:token>/", own(not_me.NotMe), name="account_not_me"),
]
