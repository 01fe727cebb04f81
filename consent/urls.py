"""The pages: the question in the middle of a request, and those of a person's own account. Mounted by `oauth_server.urls`."""

from django.urls import path

from . import application_pages, my_account, preview, views

app_name = "oauth_consent"

urlpatterns = [
    path("consent/<str:handle>", views.consent, name="consent"),
    path("consent/preview/<int:pk>", preview.preview, name="preview"),
    path("apps", my_account.connected_apps, name="connected-apps"),
    path("apps/<int:pk>/remove", my_account.remove, name="remove"),
    path("apps/receipts", my_account.receipts, name="receipts"),
    path("account/activity", my_account.activity, name="activity"),
    path("account/data", my_account.data, name="data"),
    path("applications", application_pages.listed, name="applications"),
    path("applications/register", application_pages.register, name="application-register"),
    path("applications/<int:pk>", application_pages.detail, name="application"),
    path("applications/<int:pk>/edit", application_pages.edit, name="application-edit"),
    path("applications/<int:pk>/remove", application_pages.remove, name="application-remove"),
    path("applications/<int:pk>/secret", application_pages.new_secret, name="application-secret"),
    path("applications/<int:pk>/secret/<int:secret>/retire", application_pages.retire, name="application-retire"),
]
