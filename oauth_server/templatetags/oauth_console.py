"""What the templates of the console ask for."""

from typing import Any

from django import template

from oauth_server.admin import home

register = template.Library()


@register.simple_tag(takes_context=True)
def console_home(context: template.Context) -> dict[str, Any] | None:
    """What needs attention, and what was counted; nothing for who may not see it."""
    return home.home(context["request"])
