"""A project that has the server below a path of its host, behind a proxy that speaks TLS."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prefixed.settings")
execute_from_command_line(sys.argv)
