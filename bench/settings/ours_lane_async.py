"""The lane, with a client's own access tokens committed before they are on disk."""

from .ours_lane import *
from .ours_lane import OAUTH_SERVER

OAUTH_SERVER = {**OAUTH_SERVER, "ASYNCHRONOUS_COMMIT": True}
