"""The management REST API at `/api/v1`: `routes.py` has every path, `resource.py` the door, `inside.py` the way without HTTP."""
