"""How a view becomes a page: its headers, and its refusals as pages of ours."""

from typing import Any

from django.views.generic import View

from oauth_server.pages import page

from . import refusals


def flow(view: "type[View[Any]]") -> refusals.View:
    """A page whose form may end at a client."""
    return page(leads_to_client=True)(refusals.guarded(view.as_view()))


def own(view: "type[View[Any]]") -> refusals.View:
    """A page whose form ends on this server."""
    return page()(refusals.guarded(view.as_view()))
