"""Bare views in Django's handler, on Django's cursor."""

from .ours import *

ROOT_URLCONF = "bench.urls.floor"
