"""How many statements a request may cost, BEGIN and COMMIT counted, in a warm process: (PostgreSQL, SQLite).

The goals are 1 for client credentials and introspection, 4 for a code and a refresh, 2 for UserInfo, none for public documents.
A number may fall. One that has to rise is a decision: say why in the commit.
"""

BUDGETS: dict[str, tuple[int, int]] = {
    "client credentials": (1, 1),
    "client credentials, JWT": (1, 1),
    "client credentials, wrong secret": (4, 4),
    # the insert that makes an assertion good once, in a transaction of its own
    "client credentials, private_key_jwt": (4, 4),
    "introspection": (1, 1),
    "client credentials, authorization details": (1, 1),
    "introspection, authorization details": (1, 1),
    "refresh, authorization details": (4, 5),
    "introspection, JWT": (4, 4),
    "introspection, malformed token": (1, 1),
    "code exchange": (4, 5),
    "refresh": (4, 5),
    "refresh, repeated": (7, 7),
    "device request": (6, 6),
    "device poll, pending": (2, 2),
    "device poll, approved": (5, 6),
    "revocation": (6, 6),
    "userinfo": (1, 1),
    "metadata": (0, 0),
    "jwks": (0, 0),
    "authorize, no page needed": (8, 8),
    "authorize, form_post": (8, 8),
    "authorize, code id_token token": (9, 9),
    "authorize, signed request": (8, 8),
    "authorize, pushed request": (11, 11),
    "push": (2, 2),
    "authorize, a page needed": (6, 6),
    "authorize, unknown redirect URI": (5, 5),
    "authorize, after the page": (10, 10),
}
