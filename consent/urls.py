"""The pages: the question in the middle of a request, and those of a person's own account. Mounted by `oauth_server.urls`."""

from django.urls import path

from . import my_account, views

app_name = "oauth_consent"

urlpatterns = [
    path("consent/<str:handle>", views.consent, name="consent"),
    path("apps", my_account.connected_apps, name="connected-apps"),
    path("apps/<int:pk>/remove", my_account.remove, name="remove"),
    path("apps/receipts", my_account.receipts, name="receipts"),
    path("account/activity", my_account.activity, name="activity"),
    path("account/data", my_account.data, name="data"),
]
