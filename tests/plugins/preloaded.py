"""granian, whose processes fork with the application imported: a test of eight does not wait while each imports it again.

python -m tests.plugins.preloaded --workers 8 … tests.races.wsgi:application
"""

import importlib
import sys

from granian.cli import entrypoint

if __name__ == "__main__":
    importlib.import_module(sys.argv[-1].partition(":")[0])
    entrypoint()
