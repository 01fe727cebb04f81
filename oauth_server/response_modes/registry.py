"""OAuth 2.0 Multiple Response Type Encoding Practices §2.1 response_mode: those that this server knows."""

from oauth_server.registry import Registry
from oauth_server.response_modes.base import ResponseMode
from oauth_server.response_modes.form_post import FormPost
from oauth_server.response_modes.fragment import Fragment
from oauth_server.response_modes.query import Query

RESPONSE_MODES: Registry[ResponseMode] = Registry(lambda m: m.name, Query(), Fragment(), FormPost())
