"""A bare WSGI callable on a prepared cursor of Django's connection."""

from .ours import *

FRONT = "floor"
