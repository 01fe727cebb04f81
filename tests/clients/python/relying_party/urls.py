"""The page `/` says who is signed in and what the library believes about them."""

from http import HTTPStatus
from importlib.metadata import version

from allauth.socialaccount.models import SocialAccount
from authlib.integrations.django_client import OAuth
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import include, path
from django.utils.html import format_html
from social_django.models import UserSocialAuth
from social_django.utils import load_strategy

LIBRARIES = ("authlib", "django-allauth", "mozilla-django-oidc", "social-auth-core")
oauth = OAuth()
oauth.register("ours")


def home(request: HttpRequest) -> HttpResponse:
    allauth = SocialAccount.objects.filter(user_id=request.user.pk).first()
    account = UserSocialAuth.objects.filter(user_id=request.user.pk).first()
    return JsonResponse(
        {
            "versions": {name: version(name) for name in LIBRARIES},
            "email": getattr(request.user, "email", ""),
            "name": request.user.get_full_name() if request.user.is_authenticated else "",
            "uid": account.uid if account else "",
            "tokens": account.extra_data if account else {},
            **(allauth.extra_data if allauth else {}),
            **request.session.get("accepted", {}),
        }
    )


@login_required
def again(request: HttpRequest) -> HttpResponse:
    """A page that mozilla-django-oidc guards: when its time is over it asks the server again, without a page."""
    return redirect("/")


@login_required
def refresh(request: HttpRequest) -> HttpResponse:
    UserSocialAuth.objects.get(user=request.user).refresh_token(load_strategy(request))
    return redirect("/")


def failed(request: HttpRequest) -> HttpResponse:
    return HttpResponse("not signed in", status=HTTPStatus.FORBIDDEN)


def social(request: HttpRequest) -> HttpResponse:
    """social-auth wants a POST."""
    page = (
        '<!doctype html><form method="post" action="/social/login/oidc/">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><button>Sign in'
    )
    return HttpResponse(format_html(page, get_token(request)))


def authlib(request: HttpRequest) -> HttpResponse:
    return oauth.ours.authorize_redirect(request, request.build_absolute_uri("/callback/authlib"))


def authlib_callback(request: HttpRequest) -> HttpResponse:
    token = oauth.ours.authorize_access_token(request)
    accepted = {"id_token": token["userinfo"], "userinfo": oauth.ours.userinfo(token=token)}
    request.session["accepted"] = accepted
    return redirect("/")


def leave(request: HttpRequest) -> HttpResponse:
    """mozilla-django-oidc wants a POST."""
    page = (
        '<!doctype html><link rel="icon" href="data:,"><form method="post" action="/mozilla/logout/">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><button>Sign out'
    )
    return HttpResponse(format_html(page, get_token(request)))


urlpatterns = [
    path("", home),
    path("favicon.ico", lambda request: HttpResponse(status=HTTPStatus.NO_CONTENT)),
    path("again", again),
    path("refresh", refresh),
    path("failed", failed),
    path("social", social),
    path("authlib", authlib),
    path("callback/authlib", authlib_callback),
    path("leave", leave),
    path("allauth/", include("allauth.urls")),
    path("mozilla/", include("mozilla_django_oidc.urls")),
    path("social/", include("social_django.urls", namespace="social")),
]
