"""What the home of the console shows beside Django's list of tables."""

from typing import Any

from django import template
from django.db.models import QuerySet

from oauth_server.deeds import incident
from oauth_server.models import Issuer

register = template.Library()


@register.simple_tag(takes_context=True)
def incidents(context: Any) -> "QuerySet[Issuer]":
    """The issuers that are stopped now, for who may look at issuers."""
    user = context["request"].user
    return incident.running() if user.has_perm("oauth_server.view_issuer") else Issuer.objects.none()
