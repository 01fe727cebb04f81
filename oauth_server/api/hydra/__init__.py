"""Ory Hydra's contract below `/hydra`: its admin API behind a token, and the public endpoints that its command-line client calls.

A file per noun; `routes.py` lists them all, `gate.py` stands before each. What is answered, member by member: `docs/reference/hydra.md`.
"""
