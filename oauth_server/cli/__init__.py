"""The `oauth` commands: one tree, reached as `manage.py oauth …` and as the console script `oauth`.

Exit codes: 0 done, 1 refused by the server, 2 wrong use.
"""
