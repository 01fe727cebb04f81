"""Ours through Django's handler, on Django's cursor: the default of a host project."""

from .ours import *
