"""What the templates of the console ask for."""

from typing import Any

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def console_home(context: template.Context) -> dict[str, Any] | None:
    """What needs attention, and what was counted; nothing for who may not see it."""
    # a project without Django's admin loads this file too
    from oauth_server.admin import home

    return home.home(context["request"])
