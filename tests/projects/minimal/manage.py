"""A fresh project that adds the server to itself, with nothing set that has a default."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minimal.settings")
execute_from_command_line(sys.argv)
