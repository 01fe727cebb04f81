"""The addresses of a project whose people may sign in with a code by mail (ACCOUNT_LOGIN_BY_CODE_ENABLED)."""

from django.urls import path

from accounts import views
from accounts.mounting import flow
from config.urls import urlpatterns as project

urlpatterns = [path("account/sign-in/code/", flow(views.RequestCode), name="account_request_login_code"), *project]
