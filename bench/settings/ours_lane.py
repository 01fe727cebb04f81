"""Ours through the lane, hot statements on a prepared cursor of Django's connection."""

from .ours import *
from .ours import OAUTH_SERVER

FRONT = "lane"
OAUTH_SERVER = {**OAUTH_SERVER, "PREPARED_STATEMENTS": True}
