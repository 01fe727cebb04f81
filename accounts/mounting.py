"""How a view becomes a page: its headers, and its refusals as pages of ours."""

from typing import Any

from django.views.generic import View

from oauth_server.pages import page

from . import views


def flow(view: "type[View[Any]]") -> views.View:
    """A page whose form may end at a client."""
    return page(leads_to_client=True)(views.guarded(view.as_view()))


def own(view: "type[View[Any]]") -> views.View:
    """A page whose form ends on this server."""
    return page()(views.guarded(view.as_view()))
