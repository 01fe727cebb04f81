"""What the public certification of an OpenID Provider looks at, row by row, from outside: HTTP over TLS, nothing else.

A server of its own with its own database; a relying party that was registered by the operator, and one that registered itself.
`rows.py` lists the rows; the page in the docs is printed from the run: `make certification TABLE=write`.
"""
